"""`idp pin`: PINs that the chamber sends of its own accord. Nobody sees a PIN here."""

import json
import sys

import click

from idp.cli.context import core
from idp.errors import NotAllowed
from idp.pin import ask, businesses, registry
from idp.pin.rows import Key


@click.group()
def command() -> None:
    """Issue PINs to be sent by post."""


@command.command()
@click.option("--all", "everybody", is_flag=True, help="For every business that is entered.")
@click.option("--number", help="For one business: 1234567, or 1234567-001 for a branch.")
@click.option("--json", "machine", is_flag=True, help="Print JSON, one object a line.")
def issue(everybody: bool, number: str | None, machine: bool) -> None:
    """Write letters with new PINs; the worker hands them to the carrier.

    Prints the id of each letter, never a PIN. The chamber's earlier PIN for a business is replaced;
    those that people ordered stay.
    """
    if everybody == bool(number):
        raise click.UsageError("say either --all or --number")
    if number:
        tell(send(registry.key(core(), number, "")), machine)
        return
    keys = businesses.active(core())
    with click.progressbar(keys, label="letters", file=sys.stderr) as running:
        for key in running:
            tell(send(key), machine)


def send(key: Key) -> dict[str, str | None]:
    """Issue one PIN; returns the letter's id and whose it is."""
    business = registry.find(core(), key)
    if business is None:
        raise NotAllowed("business_unknown")
    letter_id = ask.issue(core(), business)
    return {"letter": letter_id, "number": business.number, "branch": business.branch}


def tell(letter: dict[str, str | None], machine: bool) -> None:
    """Print a letter, one line."""
    words = "  ".join(filter(None, letter.values()))
    click.echo(json.dumps(letter) if machine else words)
