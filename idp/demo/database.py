"""The demo's database: marked as such, and no other is ever touched."""

from enum import StrEnum

from sqlalchemy import MetaData, inspect

from idp.core import Core
from idp.db import Base, installation
from idp.errors import Misconfigured

ALEMBIC = "alembic_version"


class Found(StrEnum):
    """What a database is to us."""

    EMPTY = "empty"
    DEMO = "demo"


def look(core: Core) -> Found:
    """Tell what the database is; raises Misconfigured when it is somebody's work."""
    tables = set(inspect(core.db.connection()).get_table_names())
    mark = installation.Installation.__tablename__
    if mark in tables and installation.is_demo(core.db):
        return Found.DEMO
    strangers = tables - set(Base.metadata.tables) - {ALEMBIC}
    if strangers or not installation.is_empty(core.db):
        raise Misconfigured(
            [f"database: {_shown(core)} is in use and no demo; choose another with DATABASE_URL=…"]
        )
    return Found.EMPTY


def clear(core: Core) -> None:
    """Drop every table of a marked demo."""
    if look(core) != Found.DEMO:
        return
    with core.writing():
        connection = core.db.connection()
        # As they are there, not as this version knows them.
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)


def leave(core: Core) -> None:
    """Close all connections: processes that are forked later must not share one."""
    core.db.remove()
    core.db.get_bind().engine.dispose()


def _shown(core: Core) -> str:
    return core.db.get_bind().engine.url.render_as_string(hide_password=True)
