"""`idp resource`: APIs that applications may get access tokens for."""

import json

import click

from idp.cli.context import core
from idp.oauth import resources
from idp.oauth.models import Resource


@click.group()
def command() -> None:
    """Register APIs, list and remove them."""


@command.command()
@click.option("--uri", required=True, help="Its address or urn: the audience of its tokens.")
@click.option("--name", required=True, help="What people read when they are asked for consent.")
@click.option("--business", is_flag=True, help="Its tokens say which business the person acts for.")
@click.option("--client", "client_id", metavar="CLIENT_ID", help="It introspects as this client.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def add(uri: str, name: str, business: bool, client_id: str | None, machine: bool) -> None:
    """Register an API.

    Applications get tokens for it once it is on their list: `idp client change ID --resource URI`.
    """
    row = resources.add(core(), uri, name, business=business, client_id=client_id)
    click.echo(json.dumps(facts(row), ensure_ascii=False) if machine else line(row))


@command.command("list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(machine: bool) -> None:
    """List all APIs."""
    rows = resources.everyone(core())
    if machine:
        click.echo(json.dumps([facts(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(line(row))


@command.command()
@click.argument("uri")
def remove(uri: str) -> None:
    """Remove the API URI; refused while an application lists it."""
    resources.remove(core(), uri)
    click.echo(f"removed {uri}")


def line(row: Resource) -> str:
    """Return an API on one line."""
    business = "business" if row.business else None
    return "  ".join(filter(None, (row.uri, row.name, business, row.client_id)))


def facts(row: Resource) -> dict[str, object]:
    """Return an API for programs."""
    return {
        "uri": row.uri,
        "name": row.name,
        "business": row.business,
        "client_id": row.client_id,
    }
