"""Names of people who moved: each stands for one of them, and old ones are found again."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from idp.accounts import admin, login
from idp.accounts.models import AccountName
from idp.core import Core
from idp.errors import Throttled, WrongCredentials
from tests.accounts.files import HEAD, counts, enter, imported, problems, row, table, written
from tests.people import PASSWORD, Member


@pytest.mark.usefixtures("small")
def test_names_that_stand_twice_in_a_file_are_told(core: Core, tmp_path: Path) -> None:
    rows = [
        row(0), row(1), row(2), row(3),
        row(4, email="P0@Beispiel.test"),
        row(5, old="p1@beispiel.test"),
        row(6, email="p.2@alt.test"),
        row(7, old="x@y.test p.3@alt.test"),
        row(8, id="3"),
        row(9, id=""), row(10, id=""),
    ]  # fmt: skip

    report = imported(core, written(tmp_path, HEAD + "".join(rows)))

    assert problems(report) == [
        (6, "email", "duplicate"), (7, "old_email", "duplicate"), (8, "email", "duplicate"),
        (9, "old_email", "duplicate"), (10, "old_id", "duplicate"),
    ]  # fmt: skip


def test_names_that_somebody_has_are_told(both_core: Core, tmp_path: Path) -> None:
    core = both_core
    for email in ("Max@beispiel.test", "Moritz@beispiel.test"):
        admin.add(core, admin.Person(email, "M", "Muster"), PASSWORD)
    imported(core, written(tmp_path, table(range(2))))
    before = counts(core)
    rows = [
        row(10, email="max@BEISPIEL.test"),
        row(11, old="moritz@beispiel.test"),
        row(12, email="p.0@alt.test"),
        row(13, old="p.1@alt.test"),
        row(14, id="1"),
        row(15),
    ]

    report = imported(core, written(tmp_path, HEAD + "".join(rows)))

    assert problems(report) == [
        (2, "email", "address_taken"), (3, "old_email", "address_taken"),
        (4, "email", "address_taken"), (5, "old_email", "address_taken"), (6, "old_id", "id_taken"),
    ]  # fmt: skip
    assert counts(core) == before


@pytest.mark.parametrize("name", ["p7@beispiel.test", " P.7@ALT.test ", "p.7@alt.test"])
def test_an_old_spelling_is_good_for_signing_in(core: Core, mover: Member, name: str) -> None:
    assert enter(core, name) == mover.id


def test_guesses_by_all_names_of_a_person_count_together(core: Core, mover: Member) -> None:
    for name in (
        "p7@beispiel.test",
        "p.7@alt.test",
        "P.7@alt.test",
        "p7@beispiel.test",
        mover.email,
    ):
        with pytest.raises(WrongCredentials):
            enter(core, name, "Ganz-falsch-99!")

    with pytest.raises(Throttled):
        enter(core, "p.7@alt.test")


def test_an_old_spelling_costs_no_tries(core: Core, mover: Member) -> None:
    for _ in range(login.TRIES.free + 2):
        assert enter(core, "p.7@alt.test") == mover.id


@pytest.mark.parametrize("name", ["7", "4711", "K-7", "p7", ""])
def test_other_names_of_before_are_not(core: Core, mover: Member, name: str) -> None:
    with pytest.raises(WrongCredentials):
        enter(core, name)


@pytest.mark.parametrize("who", ["p7@beispiel.test", "P.7@alt.test", "7", "4711", " K-7 "])
def test_operators_find_people_by_every_name(core: Core, mover: Member, who: str) -> None:
    assert [account.id for account in admin.find(core, who)] == [mover.id]


def test_an_old_address_that_somebody_owns_today_is_his(core: Core, mover: Member) -> None:
    owner = admin.add(core, admin.Person("p.7@alt.test", "Otto", "Neu"), PASSWORD)

    assert enter(core, "p.7@alt.test") == owner.id
    assert enter(core, mover.email) == mover.id


def test_names_go_with_their_account(core: Core, mover: Member) -> None:
    core.db.execute(text("DELETE FROM account"))
    core.db.commit()

    assert core.db.scalars(select(AccountName)).all() == []


def test_people_of_one_customer_may_come_in_two_files(core: Core, tmp_path: Path) -> None:
    head = "email;kundennummer\n"
    for name in ("one", "two"):
        file = written(tmp_path, f"{head}{name}@beispiel.test;4711\n", f"{name}.csv")
        assert imported(core, file).problems == []

    assert (counts(core)["account"], counts(core)["account_name"]) == (2, 2)
