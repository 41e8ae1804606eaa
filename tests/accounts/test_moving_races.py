"""Imports while others import or register: each account once, each address to one."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from flask import Flask
from sqlalchemy import select, text

from idp.accounts import activate
from idp.accounts.models import Account, State
from idp.accounts.moving import load, publish
from idp.accounts.moving.load import Order, Report
from idp.core import Core
from idp.errors import LinkDead, NotAllowed
from tests import people
from tests.accounts import files, mailed
from tests.accounts.files import HEAD, NOTHING, counts, imported, problems, row, table, written
from tests.accounts.races import codes, together
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD


@pytest.mark.usefixtures("small")
def test_two_imports_of_one_file_at_once_make_each_account_once(
    both_app: Flask, tmp_path: Path
) -> None:
    for turn in range(5):
        file = written(tmp_path, table(range(100 * turn, 100 * turn + 15)), f"{turn}.csv")

        deeds = [lambda core, file=file: load.load(core, Order(file)) for _ in range(3)]
        results = together(both_app, deeds, NotAllowed)

        done = [one for one in results if isinstance(one, Report)]
        assert set(codes(results)) <= {"import_running"}
        assert all(one.problems == [] for one in done)
        assert len([one for one in done if one.done_at is None]) <= 1
        with both_app.app_context():
            core = people.core_of(both_app)
            assert imported(core, file).problems == []
            assert counts(core) == {**NOTHING, "account": 15 * (turn + 1),
                                    "account_name": 30 * (turn + 1),
                                    "account_import": turn + 1}  # fmt: skip


@pytest.mark.usefixtures("small")
def test_of_two_files_with_one_address_in_common_one_is_imported_whole(
    both_app: Flask, tmp_path: Path
) -> None:
    for turn in range(5):
        one = written(tmp_path, table(range(100 * turn, 100 * turn + 9)), f"{turn}a.csv")
        other = written(tmp_path, table(range(100 * turn + 8, 100 * turn + 20)), f"{turn}b.csv")

        deeds = [lambda core, file=file: load.load(core, Order(file)) for file in (one, other)]
        results = together(both_app, deeds, NotAllowed)

        refused = [r for r in results if isinstance(r, Report) and r.problems]
        assert len(refused) == 1
        assert {p.code for p in refused[0].problems} <= {"address_taken", "id_taken"}
        with both_app.app_context():
            found = counts(people.core_of(both_app))
            whole = 12 if refused[0] is results[0] else 9
            assert found["account"] % 100 == whole
            assert found["account_import_row"] == 0
            core = people.core_of(both_app)
            core.db.execute(text("DELETE FROM account"))
            core.db.execute(text("DELETE FROM account_import"))
            core.db.commit()


def test_a_registration_that_waits_for_an_address_has_lost(core: Core, tmp_path: Path) -> None:
    token = mailed.registration(core, "P0@beispiel.test")

    assert imported(core, written(tmp_path, table(range(2)))).problems == []

    with pytest.raises(LinkDead) as dead:
        activate.finish(core, token, PASSWORD, "")
    assert dead.value.code == "link_unknown"
    assert files.people(core) == ["p0@beispiel.test", "p1@beispiel.test"]


def test_of_an_activation_and_an_import_at_once_one_wins(both_app: Flask, tmp_path: Path) -> None:
    for turn in range(10):
        file = written(tmp_path, table(range(10 * turn, 10 * turn + 3)), f"{turn}.csv")
        with both_app.app_context():
            token = mailed.registration(people.core_of(both_app), f"p{10 * turn}@beispiel.test")

        report, activated = together(both_app, [
            lambda core, file=file: load.load(core, Order(file)),
            lambda core, token=token: activate.finish(core, token, PASSWORD, ""),
        ])  # fmt: skip

        assert isinstance(report, Report)
        lost = codes([activated])
        assert set(lost) <= {"link_unknown", "link_used"}
        assert bool(lost) == (not report.problems)
        with both_app.app_context():
            core = people.core_of(both_app)
            states = core.db.scalars(select(Account.state)).all()
            assert states == [State.ACTIVE] * (3 if lost else 1)
            core.db.execute(text("DELETE FROM account"))
            core.db.commit()


def test_somebody_who_registers_while_accounts_are_copied_wins(
    postgresql_url: str, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite nobody can: the import holds the only write lock."""
    app, copy = built(settings_for(tmp_path, postgresql_url), clock), publish._copy

    def late(core: Core, import_id: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(people.member, app, "p1@beispiel.test").result(20)
        copy(core, import_id)

    monkeypatch.setattr(publish, "_copy", late)
    with app.app_context():
        core = people.core_of(app)
        report = imported(core, written(tmp_path, table(range(3))))

        assert problems(report) == [(3, "email", "address_taken")]
        assert counts(core) == {**NOTHING, "account": 1}
    dispose(app)


def test_an_address_of_today_in_one_file_and_of_before_in_another_has_one_owner(
    postgresql_url: str, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No index of the database forbids it: one publishes after the other."""
    app = built(settings_for(tmp_path, postgresql_url), clock)
    taken, both = publish._taken, Barrier(2)

    def together_if_possible(core: Core, import_id: str) -> object:
        found = list(taken(core, import_id))
        with suppress(BrokenBarrierError):
            both.wait(1)
        return found

    monkeypatch.setattr(publish, "_taken", together_if_possible)
    one = written(tmp_path, table(range(1)), "a.csv")
    other = written(tmp_path, HEAD + row(1, email="p.0@alt.test", old=""), "b.csv")

    deeds = [lambda core, file=file: load.load(core, Order(file)) for file in (one, other)]
    results = together(app, deeds, NotAllowed)

    assert sorted(len(one.problems) for one in results if isinstance(one, Report)) == [0, 1]
    dispose(app)
