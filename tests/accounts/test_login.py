"""What may happen while a password is verified."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp.accounts import login, register
from idp.accounts.login import Attempt
from idp.accounts.models import Account, State, UserSession
from idp.accounts.register import Application
from idp.core import Core
from idp.errors import NotAllowed, WrongCredentials
from tests import people
from tests.people import PASSWORD, CountingHasher, Member


def attempt(member: Member) -> Attempt:
    return Attempt(member.email, PASSWORD, "address:192.0.2.1", "")


def meanwhile(app: Flask, deed: Callable[[Core], object]) -> None:
    """Do something on another connection while every password is verified."""
    hasher = people.counting(app)

    def verify(encoded: str | None, secret: str) -> bool:
        with app.app_context():
            deed(people.core_of(app))
        return CountingHasher.verify(hasher, encoded, secret)

    hasher.verify = verify  # type: ignore[method-assign]


def set_now(member: Member, **values: object) -> Callable[[Core], object]:
    def deed(core: Core) -> None:
        core.db.execute(update(Account).where(Account.id == member.id).values(**values))
        core.db.commit()

    return deed


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED, State.DELETED])
def test_an_account_locked_while_its_password_is_verified_is_not_signed_in(
    app: Flask, core: Core, account: Member, state: State
) -> None:
    meanwhile(app, set_now(account, state=state))

    with pytest.raises(WrongCredentials):
        login.enter(people.core_of(app), attempt(account))

    assert core.db.scalars(select(UserSession)).all() == []


def test_a_password_changed_while_the_old_one_is_verified_wins(
    app: Flask, core: Core, account: Member
) -> None:
    meanwhile(app, set_now(account, password_hash="another"))

    with pytest.raises(WrongCredentials):
        login.enter(people.core_of(app), attempt(account))

    assert core.db.scalars(select(UserSession)).all() == []


def test_an_account_without_a_password_is_opened_by_none(
    app: Flask, core: Core, account: Member
) -> None:
    set_now(account, password_hash=None)(core)
    people.fresh(core)

    for password in ("", PASSWORD, "None"):
        with pytest.raises(WrongCredentials):
            login.enter(core, replace(attempt(account), password=password))


def test_a_closed_registration_takes_nobody_by_any_door(core: Core) -> None:
    closed = core.settings.registration.model_copy(update={"enabled": False})
    core = replace(core, settings=core.settings.model_copy(update={"registration": closed}))

    with pytest.raises(NotAllowed) as refused:
        register.ask(core, Application("neu@beispiel.test", "de", {}))

    assert refused.value.code == "registration_closed"
