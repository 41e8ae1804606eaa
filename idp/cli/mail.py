"""`idp mail`: is outgoing mail set up right?"""

import click

from idp.cli.context import core
from idp.mail import compose
from idp.worker import carriers


@click.group()
def command() -> None:
    """Test outgoing mail."""


@command.command()
@click.argument("address")
@click.option("--locale", type=click.Choice(["de", "en"]), default="de", help="Language.")
def test(address: str, locale: str) -> None:
    """Send a test mail to ADDRESS at once, past the outbox."""
    here = core()
    payload = {"to": address, "template": "test", "locale": locale, "facts": {}}
    try:
        carriers.mail(here).send(compose.mail(here.settings, payload, here.chance.token(16)))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"not sent: {type(error).__name__}: {error}") from error
    server = here.settings.mail
    click.echo(f"sent to {address} through {server.carrier} {server.host}:{server.port}")
