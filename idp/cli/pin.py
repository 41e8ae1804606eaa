"""`idp pin`: PINs that the chamber sends of its own accord. Nobody sees a PIN here."""

import json
import sys

import click

from idp.cli.context import core
from idp.cli.told import reason
from idp.errors import NotAllowed, Refused
from idp.pin import ask, businesses, quotas, registry
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
    those that people ordered stay. With --all a business that gets none is reported on standard
    error, the others go on, and the command fails at the end.
    """
    if everybody == bool(number):
        raise click.UsageError("say either --all or --number")
    if number:
        tell(send(registry.key(core(), number, "")), machine)
        return
    quotas.enabled(core())
    keys = businesses.active(core())
    with click.progressbar(keys, label="letters", file=sys.stderr) as running:
        missed = [key for key in running if not tried(key, machine)]
    if missed:
        click.echo(f"{len(missed)} of {len(keys)} got no letter", err=True)
        click.get_current_context().exit(1)


def tried(key: Key, machine: bool) -> bool:
    """Issue one PIN of many; False when that failed, after saying why."""
    try:
        letter = send(key)
    except (Refused, OSError) as error:
        # A business closed since the list was made; a registry elsewhere that does not answer.
        why = reason(error) if isinstance(error, Refused) else type(error).__name__
        click.echo(f"{'-'.join(filter(None, key))}: {why}", err=True)
        return False
    tell(letter, machine)
    return True


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
