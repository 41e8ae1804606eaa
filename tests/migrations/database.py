"""Looking at a database from outside."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from idp.db.engine import prepare


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Open a connection with our habits; committed at the end."""
    engine = create_engine(url, poolclass=NullPool)
    prepare(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def described(connection: Connection) -> set[str]:
    """Return everything the database itself says about its tables, order of columns apart."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"))
        return {pieces(sql) for name, sql in found if "alembic_version" not in name}
    queries = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,"
        " column_default FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
    )
    rows = [str(row) for query in queries for row in connection.execute(text(query))]
    return {row for row in rows if "alembic_version" not in row}


def pieces(sql: str) -> str:
    """Return a CREATE statement with its columns and constraints in alphabetical order."""
    head, _, body = " ".join(sql.replace('"', "").split()).partition("(")
    return f"{head}({sorted(part.strip(' )') for part in body.split(', '))}"
