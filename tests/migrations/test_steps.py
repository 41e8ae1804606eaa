"""The steps lead to exactly the models, on both databases, with and without rows."""

from datetime import UTC, datetime
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Integer,
    MetaData,
    String,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.schema import Column, Table

import idp.accounts.grants
import idp.accounts.moving.models
import idp.oauth.models
import idp.pin.models  # noqa: F401 - all models fill one metadata
from idp.db import Base, Moment, migrate
from idp.db.migrate import Standing
from tests.migrations.database import connected, described


def test_an_empty_database_becomes_exactly_the_models(url: str) -> None:
    migrate.upgrade(url)

    with connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_database_itself_says_the_same_of_steps_and_models(url: str) -> None:
    with connected(url) as connection:
        Base.metadata.create_all(connection)
        wanted = described(connection)
        Base.metadata.drop_all(connection)

    migrate.upgrade(url)

    with connected(url) as connection:
        assert described(connection) == wanted


def test_rows_of_every_step_survive_the_steps_after_it(url: str) -> None:
    for step in steps():
        migrate.upgrade(url, revision=step)
        with connected(url) as connection:
            fill(connection)

    with connected(url) as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        ]
        assert counts == [1] * len(Base.metadata.sorted_tables)


def steps() -> list[str]:
    scripts = ScriptDirectory.from_config(migrate.configuration())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def fill(connection: Connection) -> None:
    """Write a row into each table that is there and empty, parents first, as of this step."""
    look = inspect(connection)
    there = set(look.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name not in there:
            continue
        then = {column["name"] for column in look.get_columns(table.name)}
        old = Table(
            table.name,
            MetaData(),
            *(Column(column.name, column.type) for column in table.columns if column.name in then),
        )
        if not connection.execute(select(old)).first():
            connection.execute(insert(old).values(row_of(old)))


def row_of(table: Table) -> dict[str, object]:
    return {column.name: value_of(column) for column in table.columns}


def value_of(column: Column[object]) -> object:
    """Return something that fits; every text is `x`, so that all keys meet."""
    kinds: dict[type, object] = {
        Moment: datetime(2026, 11, 22, tzinfo=UTC),
        String: "x",
        Boolean: True,
        Integer: 1,
        JSON: ["x"],
    }
    return next(value for kind, value in kinds.items() if isinstance(column.type, kind))


def test_steps_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in Path("migrations/versions").glob("[0-9]*.py"))

    assert steps() == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert [name[:4] for name in names] == steps()


def test_migrating_again_changes_nothing(url: str) -> None:
    assert migrate.upgrade(url) == steps()
    assert migrate.upgrade(url) == []


def test_a_database_is_empty_then_behind_then_current_then_ahead(url: str) -> None:
    def standing() -> Standing:
        with connected(url) as connection:
            return migrate.standing(connection)

    found = [standing()]
    for revision in (steps()[0], "head"):
        migrate.upgrade(url, revision=revision)
        found.append(standing())
    with connected(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    found.append(standing())

    assert found == [Standing.EMPTY, Standing.BEHIND, Standing.CURRENT, Standing.AHEAD]
