"""An import that broke off goes on where it was, or leaves nothing of itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from idp.accounts import admin
from idp.accounts.moving import load, publish, stage
from idp.accounts.moving.load import Order
from idp.accounts.moving.models import AccountImport
from idp.core import Core
from idp.errors import NotAllowed
from idp.worker import retention
from tests.accounts.files import HEAD, NOTHING, counts, imported, problems, row, table, written
from tests.conftest import MovableClock
from tests.people import PASSWORD


class BrokenOff(Exception):
    pass


def break_off(core: Core, file: Path, after: int) -> None:
    """Import, and stop after so many chunks."""
    told = iter(range(after - 1))

    def stop(_done: int, _of: int) -> None:
        if next(told, None) is None:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        load.load(core, Order(file), stop)
    core.db.rollback()


def crash(*_: object, **__: object) -> None:
    raise BrokenOff


@pytest.mark.usefixtures("small")
def test_an_import_that_broke_off_goes_on_where_it_was(both_core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(9)))
    break_off(both_core, file, after=3)
    assert counts(both_core) == {**NOTHING, "account_import": 1, "account_import_row": 5,
                                 "account_import_name": 10}  # fmt: skip

    report = imported(both_core, file)

    assert (report.rows, report.resumed, report.problems) == (9, 5, [])
    assert counts(both_core) == {**NOTHING, "account": 9, "account_name": 18, "account_import": 1}


@pytest.mark.usefixtures("small")
def test_what_waits_already_counts_when_names_are_compared(core: Core, tmp_path: Path) -> None:
    rows = row(20, email="P0@beispiel.test") + row(21, old="p.1@alt.test") + row(22, id="2")
    file = written(tmp_path, table(range(6)) + rows)
    break_off(core, file, after=3)

    report = imported(core, file, expected_rows=9)

    assert problems(report) == [
        (8, "email", "duplicate"), (9, "old_email", "duplicate"), (10, "old_id", "duplicate"),
    ]  # fmt: skip
    assert counts(core) == NOTHING


@pytest.mark.usefixtures("small")
def test_an_address_that_was_taken_while_rows_waited_stops_all(
    both_core: Core, tmp_path: Path
) -> None:
    core, file = both_core, written(tmp_path, table(range(7)))
    break_off(core, file, after=3)
    for email in ("p0@beispiel.test", "p.1@alt.test"):
        admin.add(core, admin.Person(email, "Max", "Muster"), PASSWORD)

    report = imported(core, file)

    assert problems(report) == [(2, "email", "address_taken"), (3, "old_email", "address_taken")]
    assert counts(core) == {**NOTHING, "account": 2}


def test_after_a_crash_behind_the_end_only_the_clearing_is_left(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = written(tmp_path, table(range(3))), tmp_path / "report.csv"
    with monkeypatch.context() as patch:
        patch.setattr(stage, "clear", crash)
        with pytest.raises(BrokenOff):
            load.load(core, Order(file))
    assert counts(core)["account_import_row"] == 3

    assert imported(core, file, report=out).done_at

    assert counts(core) == {**NOTHING, "account": 3, "account_name": 6, "account_import": 1}
    assert len(out.read_text().splitlines()) == 4


FAILING = {
    "sqlite": "CREATE TRIGGER full BEFORE INSERT ON account_name WHEN new.key = '3' "
    "BEGIN SELECT RAISE(FAIL, 'disk full'); END",
    "postgresql": "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN IF new.key = ''3'' THEN RAISE disk_full; END IF; RETURN new; END'; "
    "CREATE TRIGGER full_disk BEFORE INSERT ON account_name "
    "FOR EACH ROW EXECUTE FUNCTION full_disk()",
}
MENDED = {
    "sqlite": "DROP TRIGGER full",
    "postgresql": "DROP TRIGGER full_disk ON account_name",
}


def test_a_database_that_fails_in_the_middle_leaves_no_half_import(
    both_core: Core, tmp_path: Path
) -> None:
    core, file = both_core, written(tmp_path, table(range(5)))
    dialect = core.db.get_bind().dialect.name
    core.db.execute(text(FAILING[dialect]))
    core.db.commit()

    with pytest.raises(DBAPIError, match=r"(?i)disk.full"):
        imported(core, file)
    core.db.rollback()

    assert (counts(core)["account"], counts(core)["account_name"]) == (0, 0)
    core.db.execute(text(MENDED[dialect]))
    core.db.commit()
    assert imported(core, file).problems == []
    assert counts(core)["account"] == 5


def test_only_what_was_seen_is_published_and_only_once(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(3)))
    break_off(core, file, after=1)
    (import_id,) = core.db.scalars(select(AccountImport.id)).all()
    seen = stage.begin(core, import_id)

    for other in (replace(seen, line=2), replace(seen, line=5)):
        with pytest.raises(NotAllowed):
            publish.publish(core, other)
    assert publish.publish(core, seen) == []
    with pytest.raises(NotAllowed):
        publish.publish(core, seen)

    assert counts(core)["account"] == 3


@pytest.mark.usefixtures("small")
def test_what_was_left_lying_is_forgotten_after_a_week(
    core: Core, tmp_path: Path, clock: MovableClock
) -> None:
    break_off(core, written(tmp_path, table(range(9))), after=3)
    clock.advance(days=6)
    assert retention.once(core).counts["imports"] == 0

    clock.advance(days=2)

    assert retention.once(core).counts["imports"] == 1
    assert counts(core) == NOTHING


@pytest.mark.usefixtures("small")
def test_names_that_another_file_brought_while_rows_waited_stop_all(
    both_core: Core, tmp_path: Path
) -> None:
    core, file = both_core, written(tmp_path, table(range(7)))
    break_off(core, file, after=3)
    faster = row(10, old="p0@beispiel.test") + row(11, old="p.1@alt.test") + row(12, id="2")
    assert imported(core, written(tmp_path, HEAD + faster, "faster.csv")).problems == []

    report = imported(core, file)

    assert problems(report) == [
        (2, "email", "address_taken"), (3, "old_email", "address_taken"), (4, "old_id", "id_taken"),
    ]  # fmt: skip
    assert counts(core)["account"] == 3


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("more", ["invite", "numbers"])
def test_what_was_ordered_otherwise_begins_anew(core: Core, tmp_path: Path, more: str) -> None:
    file = written(tmp_path, table(range(7)))
    break_off(core, file, after=3)
    order = {"invite": True, "numbers": written(tmp_path, "alt;neu\nK-7;4711\n", "numbers.csv")}

    report = imported(core, file, **{more: order[more]})

    assert (report.problems, report.rows, report.resumed) == ([], 7, 0)
