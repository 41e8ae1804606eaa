"""`idp keys`: what signs tokens, and its rotation. Running processes follow within 30 seconds."""

import json

import click

from idp.cli.context import core
from idp.oauth import rotation
from idp.oauth.registry import ALGORITHMS
from idp.oauth.rotation import Listed


@click.group()
def command() -> None:
    """List signing keys, and rotate them."""


@command.command()
@click.option(
    "--alg", "algs", multiple=True, type=click.Choice(ALGORITHMS),
    help="May be repeated; without it all algorithms.",
)  # fmt: skip
@click.option(
    "--now", "at_once", is_flag=True,
    help="A key is in foreign hands: do not wait, and believe nothing it signed.",
)  # fmt: skip
def rotate(algs: tuple[str, ...], at_once: bool) -> None:
    """Let the next keys sign, retire the active ones, make new next ones.

    Applications keep working: the next keys have been published for a while, the retired ones stay
    published until the last token they signed is over. Where that cannot be promised yet, nothing
    happens, and you are told from when on it can.
    """
    for done in rotation.rotate(core(), algs or ALGORITHMS, at_once=at_once):
        click.echo(f"{done.alg}  retired {done.retired}  active {done.active}  next {done.next}")


@command.command("list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(machine: bool) -> None:
    """List all keys: those that sign, those that will, those that did."""
    keys = rotation.everyone(core())
    if machine:
        click.echo(json.dumps([facts(key) for key in keys], indent=1))
        return
    for key in keys:
        since = key.since.strftime("%Y-%m-%d %H:%M:%S UTC")
        click.echo("  ".join((key.kid, key.alg, key.state, since, shown(key))))


def shown(key: Listed) -> str:
    """Return who still believes a key."""
    if key.published:
        return "published"
    return "for hints only" if key.trusted else "withdrawn"


def facts(key: Listed) -> dict[str, object]:
    """Return a key for programs; `since` in epoch seconds."""
    return {**vars(key), "since": int(key.since.timestamp())}
