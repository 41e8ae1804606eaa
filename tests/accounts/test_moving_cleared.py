"""Rows that are being removed while the next import of their file is under way."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from idp.accounts.moving import load, stage
from idp.accounts.moving.load import Order
from idp.accounts.moving.models import AccountImportRow
from idp.core import Core
from idp.errors import NotAllowed
from tests.accounts.files import NOTHING, counts, imported, table, written


class BrokenOff(Exception):
    pass


@pytest.mark.usefixtures("small")
def test_after_a_removal_that_broke_off_the_whole_file_is_read_again(
    both_core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, left = written(tmp_path, table(range(9))), iter("ab")

    def few(what: type) -> object:
        if next(left, None) is None:
            raise BrokenOff
        return delete(what)

    with monkeypatch.context() as patch:
        patch.setattr(stage, "delete", few)
        with pytest.raises(BrokenOff):
            load.load(both_core, Order(file, expected_rows=10))
    assert counts(both_core)["account_import_row"] == 8

    report = imported(both_core, file, expected_rows=9)

    assert (report.rows, report.resumed, report.problems) == (9, 0, [])
    assert counts(both_core) == {**NOTHING, "account": 9, "account_name": 18, "account_import": 1}


@pytest.mark.usefixtures("small")
def test_nothing_is_published_of_a_file_whose_rows_are_removed_meanwhile(
    both_core: Core, tmp_path: Path
) -> None:
    core, file = both_core, written(tmp_path, table(range(3)))

    def remove(done: int, of: int) -> None:
        if done == of:
            with core.writing():
                core.db.execute(delete(AccountImportRow).where(AccountImportRow.line == 2))

    with pytest.raises(NotAllowed) as refused:
        load.load(core, Order(file), remove)

    assert refused.value.code == "import_running"
    assert counts(core)["account"] == 0
