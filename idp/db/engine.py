"""The habits of a connection: pragmas, the way transactions begin, the pool."""

import select
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DisconnectionError

from idp.errors import Misconfigured

WRITING: dict[str, Any] = {"writing": True}


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database; None for other engines and for memory."""
    parsed = make_url(url)
    stored = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    # `file:…?uri=true` may be anything, also memory or a file that is only read.
    return Path(str(parsed.database)) if stored and "uri" not in parsed.query else None


def make_file(url: str) -> None:
    """Create the file of an SQLite database, readable by nobody else; call it before any engine.

    What is in it is personal, and SQLite itself would create it as the umask says. Its log files
    get the mode of the database. Raises Misconfigured where nothing can be created.
    """
    file = sqlite_file(url)
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        raise Misconfigured([f"database.url: {file}: {error.strerror}"]) from error


def options(url: str, pool: int) -> dict[str, Any]:
    """Return the arguments of `create_engine` for a database address.

    On PostgreSQL what is read outside `Core.writing` needs no transaction: every statement sees
    what is committed, and BEGIN and ROLLBACK would be two more round trips.
    """
    # What a statement failed on is in the log with its traceback; whose data it held is not.
    quiet: dict[str, Any] = {"hide_parameters": True}
    if make_url(url).get_backend_name() != "sqlite":
        more = {"pool_size": pool, "max_overflow": pool, "isolation_level": "AUTOCOMMIT"}
        return {**quiet, **more}
    return {**quiet, "connect_args": {"timeout": 15}}


def writing(engine: Engine | Connection) -> dict[str, Any]:
    """Return the options of a connection that writes."""
    if engine.dialect.name == "sqlite":
        return WRITING
    return {**WRITING, "isolation_level": "READ COMMITTED"}


def prepare(engine: Engine) -> None:
    """Teach an engine our habits; once, right after it is made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "checkout", _alive)


def _pragmas(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin` does, in the mode we want.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "cache_size=-2000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _alive(connection: Any, _record: object, _proxy: object) -> None:
    # An idle connection has nothing to say. One that has was closed by the other side: the pool
    # opens a new one. Costs microseconds, where a ping costs a round trip.
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if waiting.poll(0):
        raise DisconnectionError


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when somebody wrote in
    # between, whatever the timeout; one that takes the write lock first waits its turn.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
