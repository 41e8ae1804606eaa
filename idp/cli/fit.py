"""What commands ask of a database before they touch it."""

import click
from sqlalchemy.exc import DBAPIError

from idp.core import Core
from idp.db import installation, migrate
from idp.db.migrate import Standing


def require_version(core: Core) -> None:
    """Refuse a database that is away or misses tables of this version."""
    try:
        standing = migrate.standing(core.db.connection())
    except DBAPIError as error:
        raise click.ClickException("the database cannot be reached; see `idp check`") from error
    if standing in (Standing.EMPTY, Standing.BEHIND):
        raise click.ClickException(f"the database is {standing}; run `idp migrate` first")
    core.db.rollback()


def require_fit(core: Core) -> None:
    """Refuse a database that belongs to a demo: what `serve` and `worker` must not run on."""
    if installation.is_demo(core.db):
        raise click.ClickException("this database is a demo; only `idp demo` may use it")
    core.db.rollback()
