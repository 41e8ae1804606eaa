"""Commands that use the database want it there and at this version; and how it lies on disk."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.conftest import Run
from tests.migrations.database import connected

COMMANDS = [
    ("client", "list"),
    ("client", "add", "--name", "x", "--redirect-uri", "https://a.test/"),
    ("account", "find", "a@b.test"),
    ("account", "add", "--email", "a@b.test", "--given-name", "A", "--family-name", "B"),
    ("pin", "issue", "--all"),
    ("purge",),
    ("worker", "--once"),
    ("serve",),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_without_tables_is_refused_in_words(idp: Run, command: tuple[str, ...]) -> None:
    done = idp(*command)

    assert done.exit_code == 1
    assert done.stderr.endswith("Error: the database is empty; run `idp migrate` first\n")


def test_so_is_one_that_is_behind(
    installed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.db.migrate.ScriptDirectory.get_current_head", lambda _: "9999")

    done = installed("client", "list")

    assert (done.exit_code, done.stderr) == (
        1, "Error: the database is behind; run `idp migrate` first\n",
    )  # fmt: skip


def test_one_of_a_later_version_is_used(installed: Run, tmp_path: Path) -> None:
    with connected(f"sqlite:///{tmp_path}/idp.sqlite") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()

    assert installed("client", "list").exit_code == 0


def test_a_file_that_is_no_database_is_told(idp: Run, tmp_path: Path) -> None:
    (tmp_path / "idp.sqlite").write_text("no database at all, but long enough to be read")

    done = idp("client", "list")

    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr


def test_looking_creates_nothing(idp: Run, tmp_path: Path) -> None:
    assert "idp.sqlite: not there; run `idp migrate`" in idp("check").output
    assert not (tmp_path / "idp.sqlite").exists()


@pytest.mark.parametrize(("mode", "level"), [(0o600, "ok"), (0o640, "warn"), (0o604, "warn")])
def test_check_tells_the_mode_of_the_file(
    installed: Run, tmp_path: Path, mode: int, level: str
) -> None:
    (tmp_path / "idp.sqlite").chmod(mode)

    rows = json.loads(installed("check", "--json").output)

    (found,) = [row for row in rows if f"idp.sqlite: mode {mode:o}" in row["text"]]
    assert (found["name"], found["level"]) == ("database", level)
