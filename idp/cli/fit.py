"""What `serve` and `worker` ask of a database before they touch it."""

import click
from sqlalchemy.exc import OperationalError

from idp.core import Core
from idp.db import installation, migrate
from idp.db.migrate import Standing


def require_fit(core: Core) -> None:
    """Refuse a database that misses tables or belongs to a demo."""
    try:
        standing = migrate.standing(core.db.connection())
    except OperationalError as error:
        raise click.ClickException("the database cannot be reached; see `idp check`") from error
    if standing in (Standing.EMPTY, Standing.BEHIND):
        raise click.ClickException(f"the database is {standing}; run `idp migrate` first")
    if installation.is_demo(core.db):
        raise click.ClickException("this database is a demo; only `idp demo` may use it")
    core.db.rollback()
