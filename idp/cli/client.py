"""`idp client`: applications that trust this provider. A secret is printed once, never again."""

import json
from typing import TypedDict, Unpack

import click

from idp.cli.context import core
from idp.oauth import registry
from idp.oauth.models import Client
from idp.oauth.registry import State, Wanted

DEFAULT_GRANTS = ("authorization_code", "refresh_token")


class Given(TypedDict):
    """The options of `client add` that say what the application is."""

    name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    first_party: bool
    alg: str
    grant_types: tuple[str, ...]
    no_pkce: bool
    purpose: str


@click.group()
def command() -> None:
    """Register applications, list them, change their secrets."""


@command.command()
@click.option("--name", required=True, help="What people read at sign-in.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="May be repeated.")
@click.option(
    "--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True, help="Likewise."
)
@click.option(
    "--scope", "scopes", multiple=True, default=("openid",), show_default=True,
    help="May be repeated; several between blanks are fine too.",
)  # fmt: skip
@click.option("--public", is_flag=True, help="It cannot keep a secret (browser, telephone).")
@click.option("--first-party", is_flag=True, help="The chamber's own: nobody is asked for consent.")
@click.option("--auth-method", type=click.Choice(registry.METHODS), help="At the token endpoint.")
@click.option(
    "--alg", default=registry.SUGGESTED, show_default=True,
    type=click.Choice(registry.ALGORITHMS), help="Signature of ID tokens.",
)  # fmt: skip
@click.option(
    "--grant-type", "grant_types", multiple=True, default=DEFAULT_GRANTS, show_default=True,
    type=click.Choice(registry.GRANT_TYPES), help="May be repeated.",
)  # fmt: skip
@click.option("--no-pkce", is_flag=True, help="It cannot do PKCE; it must send a nonce then.")
@click.option("--purpose", default="", help="Why it wants the data, one sentence for people.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def add(public: bool, auth_method: str | None, machine: bool, **given: Unpack[Given]) -> None:
    """Register an application; prints its client_id and client_secret.

    The secret is stored as a hash: write it down now, or `rotate-secret` later.
    """
    if public and auth_method not in (None, "none"):
        raise click.UsageError("--public means --auth-method none")
    method = "none" if public else auth_method or "client_secret_basic"
    client, secret = registry.add(core(), _wanted(method, given))
    tell({"client_id": client.id} | ({"client_secret": secret} if secret else {}), machine)


@command.command("list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(machine: bool) -> None:
    """List all applications."""
    rows = registry.everyone(core())
    if machine:
        click.echo(json.dumps([facts(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo("  ".join((row.id, row.state, row.name, " ".join(row.scopes))))


@command.command("rotate-secret")
@click.argument("client_id")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def rotate_secret(client_id: str, machine: bool) -> None:
    """Give CLIENT_ID a new secret; the old one ends at once."""
    secret = registry.rotate_secret(core(), client_id)
    tell({"client_id": client_id, "client_secret": secret}, machine)


@command.command()
@click.argument("client_id")
def disable(client_id: str) -> None:
    """Let CLIENT_ID do nothing any more."""
    registry.set_state(core(), client_id, State.DISABLED)
    click.echo(f"{client_id}  {State.DISABLED}")


@command.command()
@click.argument("client_id")
def enable(client_id: str) -> None:
    """Let CLIENT_ID work again."""
    registry.set_state(core(), client_id, State.ACTIVE)
    click.echo(f"{client_id}  {State.ACTIVE}")


def facts(row: Client) -> dict[str, object]:
    """Return what may be told of an application: everything but its secret's hash."""
    return {
        "client_id": row.id,
        "name": row.name,
        "state": row.state,
        "purpose": row.purpose,
        "auth_method": row.auth_method,
        "redirect_uris": row.redirect_uris,
        "post_logout_redirect_uris": row.post_logout_redirect_uris,
        "scopes": row.scopes,
        "grant_types": row.grant_types,
        "id_token_alg": row.id_token_alg,
        "require_pkce": row.require_pkce,
        "first_party": row.first_party,
    }


def tell(values: dict[str, str], machine: bool) -> None:
    """Print names and values, one a line."""
    if machine:
        click.echo(json.dumps(values))
    else:
        for name, value in values.items():
            click.echo(f"{name}  {value}")


def _wanted(auth_method: str, given: Given) -> Wanted:
    return Wanted(
        name=given["name"],
        redirect_uris=given["redirect_uris"],
        post_logout_redirect_uris=given["post_logout_redirect_uris"],
        scopes=tuple(dict.fromkeys(" ".join(given["scopes"]).split())),
        auth_method=auth_method,
        grant_types=given["grant_types"],
        id_token_alg=given["alg"],
        require_pkce=not given["no_pkce"],
        first_party=given["first_party"],
        purpose=given["purpose"],
    )
