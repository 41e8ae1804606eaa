"""`idp migrate`: the database's tables for this version."""

import click

from idp.db import migrate
from idp.settings import load


@click.command()
@click.option("--draft", metavar="WHAT", help="Write the next step instead (for developers).")
def command(draft: str | None) -> None:
    """Bring the database to this version, all steps or none.

    An SQLite file with content is copied to NAME.before-STEP first.
    """
    url = load().database.url
    if draft:
        click.echo(f"wrote {migrate.draft(url, draft)}; read it before you keep it")
        return
    steps = migrate.upgrade(url)
    for step in steps:
        click.echo(f"applied {step}")
    if not steps:
        click.echo("already at this version")
