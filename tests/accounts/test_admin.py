"""What operators do with accounts."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import admin, login, register, sessions
from idp.accounts.admin import Person
from idp.accounts.models import Account, AuditEvent, Link, State
from idp.core import Core
from idp.errors import NotAllowed, WeakPassword, WrongCredentials
from idp.web.house import NAME

PASSWORD = "Ein gutes Wort 77!"
ANNA = Person("Anna@b.test", "Anna", "Groß")


@pytest.fixture
def house(both_app: Flask) -> Iterator[Core]:
    with both_app.app_context():
        yield both_app.extensions[NAME].core


def enter(core: Core) -> login.Entered:
    return login.enter(core, login.Attempt("anna@b.test", PASSWORD, "here", "a browser"))


def test_an_added_account_signs_in(house: Core) -> None:
    account = admin.add(house, ANNA, PASSWORD)

    assert account.state == State.ACTIVE
    assert account.email_verified_at
    assert enter(house).account_id == account.id


def test_an_address_has_one_account(house: Core) -> None:
    admin.add(house, ANNA, PASSWORD)

    for password in (PASSWORD, None):
        with pytest.raises(NotAllowed, match="account_exists"):
            admin.add(house, Person("ANNA@B.TEST", "A", "B"), password)


def test_registrations_that_wait_for_the_address_have_lost(house: Core) -> None:
    register.ask(house, register.Application("anna@b.test", "de", {"terms": "x"}))

    account = admin.add(house, ANNA, PASSWORD)

    assert [found.id for found in admin.find(house, "anna@b.test")] == [account.id]
    assert house.db.scalars(select(Link)).all() == []


def test_an_account_without_a_password_waits_for_its_link(house: Core) -> None:
    account = admin.add(house, ANNA)

    assert account.state == State.PENDING
    assert house.db.scalars(select(Link.account_id)).all() == [account.id]


def test_what_is_no_address_is_refused(house: Core) -> None:
    with pytest.raises(NotAllowed, match="email_invalid"):
        admin.add(house, Person("anna", "A", "B"), PASSWORD)


def test_the_rules_for_passwords_hold_for_operators(house: Core) -> None:
    with pytest.raises(WeakPassword):
        admin.add(house, ANNA, "Anna Groß 1234567!")

    assert admin.find(house, "anna@b.test") == []


def test_a_rival_on_another_connection_is_told_apart(
    house: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.add(house, ANNA, PASSWORD)
    monkeypatch.setattr(admin, "by_email", lambda *_: None)

    with pytest.raises(NotAllowed, match="account_exists"):
        admin.add(house, ANNA, PASSWORD)


def test_a_locked_account_is_out_everywhere_until_it_is_unlocked(house: Core) -> None:
    account = admin.add(house, ANNA, PASSWORD)
    with house.writing():
        cookie = sessions.begin(house, account.id, "a browser")

    admin.lock(house, account.id)

    assert sessions.find(house, cookie) is None
    with pytest.raises(WrongCredentials):
        enter(house)
    admin.unlock(house, "anna@b.test")
    assert sessions.find(house, cookie) is None
    assert enter(house)


@pytest.mark.parametrize("verb", [admin.lock, admin.unlock])
def test_nobody_can_be_locked_or_unlocked(house: Core, verb: object) -> None:
    assert callable(verb)
    with pytest.raises(NotAllowed, match="account_unknown"):
        verb(house, "nobody@b.test")


def test_everything_is_on_record_as_the_operators_deed(house: Core) -> None:
    account = admin.add(house, ANNA, PASSWORD)
    admin.lock(house, account.id)
    admin.unlock(house, account.id)

    found = house.db.execute(
        select(AuditEvent.kind, AuditEvent.actor, AuditEvent.account_id).order_by(AuditEvent.at)
    ).all()

    kinds = ["account.added", "account.locked", "account.unlocked"]
    assert [tuple(row) for row in found] == [(kind, "operator", account.id) for kind in kinds]
    assert house.db.get_one(Account, account.id).state == State.ACTIVE
