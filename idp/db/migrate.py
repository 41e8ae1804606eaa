"""Bringing a database to the tables of this version; the steps are in `migrations/`."""

import os
import sqlite3
from contextlib import closing
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from idp.db.engine import make_file, prepare, sqlite_file


class Standing(StrEnum):
    """How a database compares with this version."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    # Migrated by a later version; ours works with it, for migrations expand first.
    AHEAD = "ahead"


def upgrade(url: str, steps: Path | None = None, revision: str = "head") -> list[str]:
    """Bring the database at `url` to `revision`; returns what was applied, oldest first.

    An SQLite file with content is copied beside itself before. Other `steps` are for tests.
    """
    config = configuration(steps)
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            before = _current(connection)
            todo = _between(config, before, revision)
            connection.rollback()
            if before and todo:
                copy(url, todo[-1])
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()
    return todo


def standing(connection: Connection, steps: Path | None = None) -> Standing:
    """Compare a database with this version."""
    scripts = ScriptDirectory.from_config(configuration(steps))
    found = _current(connection)
    if found is None:
        return Standing.EMPTY
    if found == scripts.get_current_head():
        return Standing.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Standing.BEHIND if found in known else Standing.AHEAD


def configuration(steps: Path | None = None) -> Config:
    """Return Alembic's configuration; no file of it is needed."""
    config = Config()
    place = str(steps or files("idp.migrations"))
    config.set_main_option("script_location", place.replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def draft(url: str, what: str, steps: Path | None = None) -> Path:
    """Write the next step, compared with the models, for its author to review."""
    config = configuration(steps)
    scripts = ScriptDirectory.from_config(config)
    number = len(list(scripts.walk_revisions())) + 1
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, what, autogenerate=True, rev_id=f"{number:04}")
    finally:
        engine.dispose()
    step = ScriptDirectory.from_config(config).get_revision(f"{number:04}")
    return Path(step.path)


def copy(url: str, revision: str) -> Path | None:
    """Copy an SQLite file to `<name>.before-<revision>`; other databases have backups."""
    source = sqlite_file(url)
    if source is None:
        return None
    target = source.with_name(f"{source.name}.before-{revision}")
    fresh = target.with_name(f"{target.name}.part")
    # By SQLite itself: a copy of the file alone would miss what is in the write-ahead log.
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    fresh.replace(target)
    return target


def _engine(url: str) -> Engine:
    make_file(url)
    engine = create_engine(url, poolclass=NullPool)
    prepare(engine)
    return engine


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _between(config: Config, before: str | None, revision: str) -> list[str]:
    scripts = ScriptDirectory.from_config(config)
    if before and before not in {script.revision for script in scripts.walk_revisions()}:
        return []
    steps = scripts.iterate_revisions(revision, before or "base")
    return [step.revision for step in reversed(list(steps))]
