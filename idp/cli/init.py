"""`idp init`: the first command on a new machine."""

import click

from idp.clock import Chance
from idp.db import migrate
from idp.seal import FILES, make_files
from idp.settings import load


@click.command()
def command() -> None:
    """Make the key files that are missing and bring the database to this version.

    Run again, it changes nothing that is already there.
    """
    settings = load()
    there = {name for name in FILES if (settings.keys.dir / name).exists()}
    make_files(settings.keys.dir, Chance())
    for name in FILES:
        click.echo(f"{'kept' if name in there else 'made'} {settings.keys.dir / name}")
    steps = migrate.upgrade(settings.database.url)
    click.echo(f"database: {', '.join(steps) if steps else 'already at this version'}")
    click.echo("Next: idp check, then idp serve. Keep a copy of the key files apart from backups.")
