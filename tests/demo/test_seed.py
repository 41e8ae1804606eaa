"""Filling a demo, and what two of its databases have in common."""

import pytest
from sqlalchemy import func, select

from idp.accounts import admin, login
from idp.accounts.models import Account
from idp.core import Core
from idp.db import installation
from idp.demo import chamber, database, members, postman, seed
from idp.demo.mailbox import Mailbox
from idp.errors import Misconfigured
from idp.pin import redeem
from idp.pin.models import Business, Letter, LetterState, Membership


@pytest.fixture
def filled(demo_core: Core) -> Core:
    seed.fill(demo_core)
    return demo_core


def count(core: Core, model: type) -> int:
    return core.db.scalar(select(func.count()).select_from(model)) or 0


def test_a_demo_has_businesses_and_people_for_every_situation(filled: Core) -> None:
    assert installation.is_demo(filled.db)
    assert count(filled, Business) == len(chamber.register())
    linked = {
        member.role: len(member.keys)
        for member in members.MEMBERS
        if (account := filled.db.scalar(select(Account).where(Account.email == member.email)))
        and filled.db.scalar(
            select(func.count()).select_from(Membership).where(Membership.account_id == account.id)
        )
        == len(member.keys)
    }
    assert linked == {
        "member-none": 0,
        "member-one": 1,
        "member-three": 3,
        "member-branch": 1,
        "member-closed": 1,
    }


def test_the_printed_logins_work(filled: Core) -> None:
    for member in members.MEMBERS:
        attempt = login.Attempt(member.email, members.PASSWORD, "here", "device")
        assert login.enter(filled, attempt).token


def test_letters_are_there_from_the_start(filled: Core, mailbox: Mailbox) -> None:
    postman.once(filled, mailbox)

    letters = mailbox.letters()
    assert len(letters) == len(seed.ISSUED) + len(seed.ORDERED)
    assert all(letter.pin for letter in letters)
    assert set(filled.db.scalars(select(Letter.state))) == {LetterState.SENT}
    assert {mail.to for mail in mailbox.mails()} == {
        members.MEMBERS[person].email for person, _ in seed.ORDERED
    }


def test_a_pin_from_the_mailbox_links_whoever_holds_the_letter(
    filled: Core, mailbox: Mailbox
) -> None:
    postman.once(filled, mailbox)
    issued = chamber.number(seed.ISSUED[0])
    letter = next(letter for letter in mailbox.letters() if letter.number == issued)
    account = filled.db.scalars(select(Account)).first()
    assert account

    who = members.at_the_desk(filled, account)
    linked = redeem.link(filled, who, letter.number, letter.branch, letter.pin)

    assert linked.business.number == issued


def test_a_demo_that_could_not_be_filled_is_empty(
    demo_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed, "ISSUED", (chamber.COUNT,))

    with pytest.raises(LookupError):
        seed.fill(demo_core)

    assert database.look(demo_core) == database.Found.EMPTY


def test_a_bad_register_is_no_demo(demo_core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chamber, "number", lambda _index: "12")

    with pytest.raises(LookupError):
        seed.fill(demo_core)


def test_only_a_marked_database_is_cleared(filled: Core) -> None:
    database.clear(filled)
    assert database.look(filled) == database.Found.EMPTY

    database.clear(filled)
    assert database.look(filled) == database.Found.EMPTY


def test_a_database_in_use_is_refused(demo_core: Core) -> None:
    with demo_core.writing():
        admin.add(demo_core, admin.Person("a@b.test", "A", "B"))

    with pytest.raises(Misconfigured, match="in use and no demo"):
        database.look(demo_core)


def test_a_database_with_strange_tables_is_refused(demo_core: Core) -> None:
    with demo_core.writing():
        demo_core.db.connection().exec_driver_sql("CREATE TABLE invoices (id INTEGER)")

    with pytest.raises(Misconfigured, match="in use and no demo"):
        database.clear(demo_core)
