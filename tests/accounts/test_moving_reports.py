"""What an import tells: lines and codes, how far it is, and nothing of a person."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.accounts.models import Account
from idp.accounts.moving import load
from idp.accounts.moving.load import Order
from idp.core import Core
from tests.accounts.files import HASHES, NOTHING, counts, enter, imported, table, written


def test_the_report_names_lines_and_accounts_and_nothing_else(core: Core, tmp_path: Path) -> None:
    out = tmp_path / "report.csv"

    imported(core, written(tmp_path, table(range(2), hash=HASHES["bcrypt"])), report=out)

    made = core.db.execute(select(Account.email, Account.id))
    ids = {email: account_id for email, account_id in made}  # noqa: C416 - rows are no pairs
    assert out.read_text().splitlines() == [
        "line;result;column;account",
        f"2;imported;;{ids['p0@beispiel.test']}",
        f"3;imported;;{ids['p1@beispiel.test']}",
    ]
    assert out.stat().st_mode & 0o777 == 0o600


def test_the_report_of_a_refused_file_names_lines_columns_and_codes(
    core: Core, tmp_path: Path
) -> None:
    out = tmp_path / "report.csv"

    imported(core, written(tmp_path, table(range(1), hash="md5", email="x")), report=out)

    assert out.read_text().splitlines() == [
        "line;result;column;account", "2;email_invalid;email;", "2;hash_unknown;password_hash;",
    ]  # fmt: skip


def test_a_report_that_cannot_be_written_stops_before_anything(core: Core, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="report"):
        imported(core, written(tmp_path, table(range(1))), report=tmp_path / "no" / "report")

    assert counts(core) == NOTHING


def test_nothing_of_a_person_is_logged(
    core: Core, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    imported(core, written(tmp_path, table(range(2), hash=HASHES["bcrypt"])))
    imported(core, written(tmp_path, table(range(2), hash="md5-geheim")))
    enter(core, "p0@beispiel.test")

    for secret in ("@", "$2b$", "md5-geheim", "Paula", "Person 0"):
        assert secret not in caplog.text


def test_a_million_is_told_how_far_it_is(core: Core, tmp_path: Path, small: None) -> None:
    file, told = written(tmp_path, table(range(9))), list[tuple[int, int]]()

    load.load(core, Order(file), lambda done, of: told.append((done, of)))

    size = file.stat().st_size
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
