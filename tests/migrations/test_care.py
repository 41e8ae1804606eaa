"""What happens around the steps: no lost rows, all or nothing, a copy, one migrator."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from idp.db import migrate
from tests.migrations.database import connected

HOUSE = Path(migrate.configuration().get_main_option("script_location") or "")
STEP = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {before!r}


def upgrade():
{body}
"""
FAMILY = """
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "parent_id",
            sa.Integer,
            sa.ForeignKey("parent.id", name="fk_child", ondelete="CASCADE"),
        ),
    )
"""
REBUILD = """
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("id", type_=sa.BigInteger)
"""
ORPHAN = """
    op.execute("INSERT INTO child (id, parent_id) VALUES (9, 99)")
"""
BREAK = """
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    raise RuntimeError("in the middle")
"""


def history(folder: Path, *bodies: str) -> Path:
    """Write a folder of steps of their own around our env.py."""
    place = folder / "steps"
    (place / "versions").mkdir(parents=True)
    (place / "env.py").write_text((HOUSE / "env.py").read_text())
    for number, body in enumerate(bodies, 1):
        before = f"{number - 1:04}" if number > 1 else None
        step = STEP.format(revision=f"{number:04}", before=before, body=body)
        (place / "versions" / f"{number:04}_step.py").write_text(step)
    return place


def with_family(url: str, place: Path) -> None:
    """Bring a database to the first step and put a parent and a child into it."""
    migrate.upgrade(url, place, "0001")
    with connected(url) as connection:
        connection.execute(text("INSERT INTO parent (id) VALUES (1)"))
        connection.execute(text("INSERT INTO child (id, parent_id) VALUES (1, 1)"))


def children(url: str) -> int:
    with connected(url) as connection:
        return int(connection.execute(text("SELECT count(*) FROM child")).scalar_one())


def test_rebuilding_a_parent_keeps_the_children(url: str, tmp_path: Path) -> None:
    place = history(tmp_path, FAMILY, REBUILD)
    with_family(url, place)

    migrate.upgrade(url, place)

    assert children(url) == 1


def test_without_our_care_the_children_would_be_gone(sqlite_url: str, tmp_path: Path) -> None:
    place = history(tmp_path, FAMILY, REBUILD)
    env = place / "env.py"
    env.write_text(env.read_text().replace("PRAGMA foreign_keys=OFF", "PRAGMA foreign_keys=ON"))
    with_family(sqlite_url, place)

    migrate.upgrade(sqlite_url, place)

    assert children(sqlite_url) == 0


def test_foreign_keys_are_on_again_afterwards(sqlite_url: str) -> None:
    migrate.upgrade(sqlite_url)

    with connected(sqlite_url) as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_step_that_leaves_orphans_is_undone(sqlite_url: str, tmp_path: Path) -> None:
    place = history(tmp_path, FAMILY, ORPHAN)
    with_family(sqlite_url, place)

    with pytest.raises(RuntimeError, match="1 rows point to nothing, in child"):
        migrate.upgrade(sqlite_url, place)

    assert children(sqlite_url) == 1


def test_a_step_that_breaks_undoes_all(url: str, tmp_path: Path) -> None:
    place = history(tmp_path, FAMILY, BREAK)

    with pytest.raises(RuntimeError, match="in the middle"):
        migrate.upgrade(url, place)

    with connected(url) as connection:
        tables = inspect(connection).get_table_names()
        assert set(tables) <= {"alembic_version"}


def test_an_sqlite_file_with_content_is_copied_before(sqlite_url: str, tmp_path: Path) -> None:
    place = history(tmp_path, FAMILY, REBUILD)
    with_family(sqlite_url, place)

    migrate.upgrade(sqlite_url, place)

    copy = tmp_path / "idp.sqlite.before-0002"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as before:
        assert before.execute("SELECT count(*) FROM child").fetchone() == (1,)
        assert "BIGINT" not in str(before.execute("SELECT sql FROM sqlite_master").fetchall())


def test_a_new_file_needs_no_copy(sqlite_url: str, tmp_path: Path) -> None:
    migrate.upgrade(sqlite_url)
    migrate.upgrade(sqlite_url)

    assert not list(tmp_path.glob("*.before-*"))


def test_many_migrators_at_once_do_it_once(url: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "IDP_DATABASE__URL": url,
        "IDP_KEYS__DIR": str(tmp_path / "keys"),
    }
    command = [sys.executable, "-m", "idp.cli", "migrate"]

    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = [process.communicate()[0] for process in running]

    assert [process.returncode for process in running] == [0, 0, 0]
    assert all("applied" in text or "already" in text for text in printed)
    assert migrate.upgrade(url) == []


def test_a_new_step_can_be_drafted(sqlite_url: str, tmp_path: Path) -> None:
    place = history(tmp_path, FAMILY)
    (place / "script.py.mako").write_text((HOUSE / "script.py.mako").read_text())
    migrate.upgrade(sqlite_url, place)

    step = migrate.draft(sqlite_url, "our tables", place)

    assert step.name == "0002_our_tables.py"
    assert "sa.DateTime(timezone=True)" in step.read_text()
    assert 'down_revision = "0001"' in step.read_text().replace("'", '"')
