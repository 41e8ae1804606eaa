"""What Alembic runs around the steps: one transaction, one migrator, no lost rows.

SQLite can change a table only by building a new one and dropping the old. With foreign keys on,
the drop deletes every row that points to it; so they are off meanwhile, and checked before the
commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

import idp.accounts.grants
import idp.accounts.models
import idp.accounts.moving.models
import idp.db.installation
import idp.oauth.models
import idp.outbox
import idp.pin.models  # noqa: F401 - all models fill one metadata
from idp.db import Base, Moment
from idp.db.engine import WRITING

# Any number, as long as it stays the same: whoever holds it migrates, the others wait.
LOCK = 0x6964_7000


def render_item(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our own column type as what it is in the database: old steps outlive our names."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off; inside a transaction the pragma would do nothing."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def lock(connection: Connection) -> None:
    """Let one migrator through; SQLite's BEGIN IMMEDIATE does the same."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def check(connection: Connection) -> None:
    """Refuse to commit rows that point to nothing."""
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if lost:
            tables = ", ".join(sorted({row[0] for row in lost}))
            msg = f"{len(lost)} rows point to nothing, in {tables}; nothing was changed"
            raise RuntimeError(msg)


def run(connection: Connection) -> None:
    """Apply the steps, all or none."""
    writing = connection.execution_options(**WRITING)
    with foreign_keys_off(writing), writing.begin():
        lock(writing)
        context.configure(
            connection=writing,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
        )
        context.run_migrations()
        check(writing)


run(context.config.attributes["connection"])
