"""`idp demo`: a fictional chamber on this machine."""

import click

from idp.demo.place import Choice
from idp.demo.run import run


@click.command()
@click.option("--fresh", is_flag=True, envvar="FRESH", help="Forget the last demo, start anew.")
@click.option("--profile", default="b", show_default=True, envvar="PROFILE", help="Set-up.")
@click.option(
    "--port",
    type=click.IntRange(1, 65532),
    envvar="PORT",
    help="Port of the provider [8000]; the applications take the next three.",
)
@click.option("--issuer", envvar="ISSUER", help="Address of the provider, if it is another.")
@click.option("--database", envvar="DATABASE_URL", help="Database [sqlite:///instance/idp.sqlite].")
def command(
    fresh: bool, profile: str, port: int | None, issuer: str | None, database: str | None
) -> None:
    """Run the provider and three applications with invented people and businesses.

    Everything listens on loopback alone and is kept in ./instance for the next time. An empty
    database is marked as a demo; any other is refused. PORT, ISSUER, DATABASE_URL, PROFILE and
    FRESH say the same as the options.
    """
    choice = Choice(profile, port, issuer, database, fresh)
    code = run(choice, click.echo, lambda words: click.echo(words, err=True))
    raise click.exceptions.Exit(code)
