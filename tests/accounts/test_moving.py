"""Moving house: all accounts of a file or none."""

from pathlib import Path

import pytest
from sqlalchemy import select

from idp.accounts.models import Account, AuditEvent, State
from idp.accounts.moving import files, load
from idp.accounts.moving.load import Order
from idp.core import Core
from tests.accounts.files import HEAD, NOTHING, counts, imported, problems, row, table, written


def test_everything_that_the_file_says_is_stored(core: Core, tmp_path: Path) -> None:
    line = '{"email": "A@B.test", "firstName": "Ann", "lastName": "Bo", "sprache": "en", \
            "birthdate": "1980-12-31", "createdTimestamp": 1556704800000, "enabled": false}'

    imported(core, written(tmp_path, line, "a.jsonl"))

    account = core.db.scalars(select(Account)).one()
    assert (account.email, account.email_key, account.name) == ("A@b.test", "a@b.test", "Ann Bo")
    assert (account.state, account.locale) == (State.DISABLED, "en")
    assert account.claims == {"birthdate": "1980-12-31"}
    assert account.created_at.isoformat() == "2019-05-01T10:00:00+00:00"
    assert (account.email_verified_at, account.password_hash) == (None, None)
    assert (account.must_change, account.terms_version, account.password_changed_at) == (None,) * 3
    event = core.db.scalars(select(AuditEvent)).one()
    assert (event.kind, event.actor, event.facts) == ("accounts.imported", "operator", {"rows": 1})


@pytest.mark.usefixtures("small")
def test_one_wrong_row_and_nothing_happens(both_core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(7)) + "keine Adresse;;;;;;\n" + row(8, hash="md5"))

    for dry_run in (True, False):
        report = imported(both_core, file, dry_run=dry_run)

        assert problems(report) == [
            (9, "email", "email_invalid"), (10, "password_hash", "hash_unknown"),
        ]  # fmt: skip
        assert counts(both_core) == NOTHING


@pytest.mark.usefixtures("small")
def test_a_dry_run_says_the_same_and_writes_nothing(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(5)))

    dry = imported(core, file, dry_run=True)

    assert counts(core) == NOTHING
    wet = imported(core, file)
    assert (dry.rows, dry.kinds, dry.problems) == (wet.rows, wet.kinds, wet.problems)


def test_a_file_must_be_the_one_that_was_meant(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(3)))
    digest = files.look(file).digest

    assert problems(imported(core, file, sha256="0" * 64)) == [(0, "", "checksum_differs")]
    assert problems(imported(core, file, expected_rows=4)) == [(0, "", "rows_differ")]
    assert counts(core) == NOTHING
    assert imported(core, file, sha256=f" {digest.upper()} ", expected_rows=3).rows == 3
    assert counts(core)["account"] == 3


def test_a_file_that_is_changed_while_it_is_read_is_not_imported(
    core: Core, tmp_path: Path
) -> None:
    file = written(tmp_path, table(range(3)))

    def meddle(_done: int, _of: int) -> None:
        file.write_text(table(range(4)))

    report = load.load(core, Order(file), meddle)

    assert problems(report) == [(0, "", "file_changed")]
    assert counts(core) == NOTHING


def test_the_same_file_again_changes_nothing(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(3)))
    first = imported(core, file)
    before = counts(core)

    again = imported(core, file)

    assert first.done_at is None
    assert (again.problems, again.rows) == ([], 3)
    assert again.done_at
    assert counts(core) == before


@pytest.mark.parametrize("text", ["", HEAD, "\n\n"])
def test_a_file_without_rows_is_no_import(core: Core, tmp_path: Path, text: str) -> None:
    report = imported(core, written(tmp_path, text))

    assert report.problems
    assert counts(core) == NOTHING


def test_a_file_with_too_many_rows_is_refused(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 5)

    report = imported(core, written(tmp_path, table(range(50))))

    assert problems(report) == [(0, "", "too_many_rows")]
    assert counts(core) == NOTHING


def test_a_hopeless_file_is_not_read_to_its_end(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    monkeypatch.setattr(load, "MOST_PROBLEMS", 5)

    report = imported(core, written(tmp_path, table(range(50), email="x")), expected_rows=50)

    assert 5 < len(report.problems) < 9


def test_a_column_for_addresses_is_needed(core: Core, tmp_path: Path) -> None:
    report = imported(core, written(tmp_path, "vorname;nachname\nPaula;Person\n"))

    assert problems(report)[0] == (1, "email", "column_missing")
    assert counts(core) == NOTHING


def test_columns_that_nobody_reads_are_named(core: Core, tmp_path: Path) -> None:
    csv = imported(core, written(tmp_path, "email;Schuhgröße\na@b.test;43\n"))
    lines = imported(core, written(tmp_path, '{"email": "c@d.test", "otp": 1}', "b.jsonl"))

    assert (csv.unknown, lines.unknown) == ({"schuhgrösse"}, {"otp"})
    assert counts(core)["account"] == 2


def test_a_table_of_numbers_with_mistakes_stops_the_import(core: Core, tmp_path: Path) -> None:
    numbers = written(tmp_path, "K1;1\nK1;2\n", "numbers.csv")

    report = imported(core, written(tmp_path, table(range(1))), numbers=numbers)

    assert problems(report) == [(2, "--map", "duplicate")]
    assert counts(core) == NOTHING
