"""Setting a password: what is stored is read back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select, text

from idp.accounts import activate, admin, change, links, reset
from idp.accounts.admin import Person
from idp.accounts.models import Account, State, UserSession
from idp.accounts.passwords import NotStored
from idp.core import Core
from tests import people
from tests.accounts import mailed
from tests.accounts.passwords import break_storing, rows, signed_in, stored
from tests.browser import Browser
from tests.people import OTHER_PASSWORD, PASSWORD, Member


@contextmanager
def undone(core: Core, member: Member) -> Iterator[None]:
    """Expect that what the block does fails at storing, and leaves everything as it was."""
    before, counted = stored(core, member.id), rows(core)

    with pytest.raises(NotStored):
        yield

    assert stored(core, member.id) == before
    assert rows(core) == counted


def test_a_hash_that_does_not_arrive_whole_undoes_the_reset(
    both_app: Flask, both_core: Core
) -> None:
    member = people.member(both_app)
    token = mailed.reset(both_core, member.id)
    break_storing(both_core)

    with undone(both_core, member):
        reset.choose(both_core, token, OTHER_PASSWORD, "")

    assert links.look(both_core, token).account_id == member.id


def test_a_hash_that_does_not_arrive_whole_undoes_the_activation(both_core: Core) -> None:
    core = both_core
    token = mailed.registration(core, "neu@beispiel.test")
    account = core.db.scalars(select(Account)).one()
    break_storing(core)

    with pytest.raises(NotStored):
        activate.finish(core, token, PASSWORD, "")

    assert stored(core, account.id) is None
    assert core.db.get_one(Account, account.id).state == State.PENDING
    assert core.db.scalars(select(UserSession)).all() == []


def test_a_hash_that_does_not_arrive_whole_undoes_a_change_and_an_account(
    both_app: Flask, both_core: Core
) -> None:
    member = people.member(both_app)
    who = signed_in(both_core, member)
    break_storing(both_core)

    with undone(both_core, member):
        change.password(both_core, who, PASSWORD, OTHER_PASSWORD, "")
    with undone(both_core, member):
        admin.add(both_core, Person("max@beispiel.test", "Max", "Muster"), PASSWORD)


def test_whose_password_could_not_be_stored_is_told_and_can_try_again(
    app: Flask, core: Core, account: Member
) -> None:
    browser = Browser(app)
    page = browser.open(f"/k/{mailed.reset(core, account.id)}")
    break_storing(core)

    failed = page.send(password=OTHER_PASSWORD)
    core.db.execute(text("DROP TRIGGER too_short"))
    core.db.commit()

    assert failed.status == 500
    assert page.send(password=OTHER_PASSWORD).path == "/account"


def test_who_chooses_a_password_is_verified_by_what_is_stored(
    app: Flask, core: Core, account: Member
) -> None:
    before = stored(core, account.id)

    reset.choose(core, mailed.reset(core, account.id), f"{OTHER_PASSWORD}", "")

    after = str(stored(core, account.id))
    assert after != before
    assert core.hasher.verify(after, OTHER_PASSWORD)
