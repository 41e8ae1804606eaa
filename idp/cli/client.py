"""`idp client`: applications that trust this provider. A secret is printed once, never again."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import IO, Any

import click

from idp.cli.context import core
from idp.oauth import registration, registry
from idp.oauth.models import Client
from idp.oauth.registration import Wanted
from idp.oauth.registry import State

# What an application can be without.
UNSET = {
    field.name: field.default
    for field in fields(Wanted)
    if field.default in (None, ()) and field.name != "id"
}
# What `add` and `change` have in common, by the fields of `Wanted`; None is "not said".
OPTIONS = (
    click.option("--redirect-uri", "redirect_uris", multiple=True, help="May be repeated."),
    click.option(
        "--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True, help="Likewise."
    ),
    click.option(
        "--scope", "scopes", multiple=True,
        help="May be repeated; several between blanks are fine too. New ones have openid.",
    ),
    click.option(
        "--first-party/--third-party", default=None,
        help="The chamber's own: nobody is asked for consent.",
    ),
    click.option(
        "--auth-method", type=click.Choice(registry.METHODS), help="At the token endpoint."
    ),
    click.option(
        "--alg", "id_token_alg", type=click.Choice(registry.ALGORITHMS),
        help=f"Signature of ID tokens; {registry.SUGGESTED} unless you say.",
    ),
    click.option(
        "--grant-type", "grant_types", multiple=True, type=click.Choice(registry.GRANT_TYPES),
        help="May be repeated; the first two unless you say.",
    ),
    click.option(
        "--pkce/--no-pkce", "require_pkce", default=None,
        help="It cannot do PKCE; it must send a nonce then.",
    ),
    click.option("--purpose", help="Why it wants the data, one sentence for people."),
    click.option("--home-uri", help="Where it starts; else the root of its redirect address."),
    click.option(
        "--offline/--no-offline", "offline_allowed", default=None,
        help="Whether offline_access needs no consent; first-party ones with the scope may.",
    ),
    click.option(
        "--jwks", type=click.File("rb"), help="Its public keys, a JSON file; - is standard input."
    ),
    click.option("--jwks-uri", help="Where its public keys are, instead."),
    click.option(
        "--assertion-alg", type=click.Choice(registry.ALGORITHMS),
        help="The one signature of its assertions (private_key_jwt).",
    ),
    click.option(
        "--token-url-audience/--no-token-url-audience", default=None,
        help="Its assertions may name the token endpoint instead of the issuer.",
    ),
    click.option(
        "--request-object-alg", type=click.Choice(registration.OBJECT_ALGORITHMS),
        help="The one signature of its request objects; none means unsigned ones.",
    ),
    click.option("--default-max-age", type=int, help="Seconds after which people sign in again."),
    click.option("--backchannel-logout-uri", help="Where it is told that a session has ended."),
    click.option("--resource", "resources", multiple=True, help="An API it may have tokens for."),
)  # fmt: skip


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a registration."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Register applications, list and change them."""


@command.command()
@click.option("--name", required=True, help="What people read at sign-in.")
@click.option("--public", is_flag=True, help="It cannot keep a secret (browser, telephone).")
@options
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def add(public: bool, auth_method: str | None, machine: bool, **given: Any) -> None:
    """Register an application; prints its client_id and client_secret.

    The secret is stored as a hash: write it down now, or `rotate-secret` later.
    """
    if public and auth_method not in (None, "none"):
        raise click.UsageError("--public means --auth-method none")
    method = "none" if public else auth_method
    client, secret = registration.add(core(), Wanted(**said(given | {"auth_method": method})))
    tell(client.id, secret, machine)


@command.command()
@click.argument("client_id")
@click.option("--name", help="What people read at sign-in.")
@options
@click.option(
    "--unset", multiple=True, metavar="FIELD", type=click.Choice(list(UNSET)),
    help="Take a value away, by its name in `show --json`; may be repeated.",
)  # fmt: skip
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def change(client_id: str, unset: tuple[str, ...], machine: bool, **given: Any) -> None:
    """Change CLIENT_ID as said; what is not said stays.

    What may be repeated is replaced as a whole. An application that needs a secret from now on gets
    one, printed once.
    """
    values = {name: UNSET[name] for name in unset} | said(given)
    client, secret = registration.change(core(), client_id, **values)
    tell(client.id, secret, machine)


@command.command()
@click.argument("client_id")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def show(client_id: str, machine: bool) -> None:
    """Show everything about CLIENT_ID but its secret."""
    values = facts(registration.find(core(), client_id))
    if machine:
        click.echo(json.dumps(values, ensure_ascii=False, indent=1))
        return
    for name, value in values.items():
        click.echo(f"{name}  {json.dumps(value, ensure_ascii=False)}")


@command.command("list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(machine: bool) -> None:
    """List all applications."""
    rows = registration.everyone(core())
    if machine:
        click.echo(json.dumps([facts(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo("  ".join((row.id, row.state, row.name, " ".join(row.scopes))))


@command.command("rotate-secret")
@click.argument("client_id")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def rotate_secret(client_id: str, machine: bool) -> None:
    """Give CLIENT_ID a new secret; the old one ends within seconds."""
    tell(client_id, registration.rotate_secret(core(), client_id), machine)


@command.command()
@click.argument("client_id")
def disable(client_id: str) -> None:
    """Let CLIENT_ID do nothing any more."""
    registration.set_state(core(), client_id, State.DISABLED)
    click.echo(f"{client_id}  {State.DISABLED}")


@command.command()
@click.argument("client_id")
def enable(client_id: str) -> None:
    """Let CLIENT_ID work again."""
    registration.set_state(core(), client_id, State.ACTIVE)
    click.echo(f"{client_id}  {State.ACTIVE}")


def facts(row: Client) -> dict[str, object]:
    """Return what may be told of an application: everything but its secret's hash."""
    told = {name: getattr(row, name) for name in registration.FIELDS}
    return {"client_id": row.id, "state": row.state, **told}


def tell(client_id: str, secret: str | None, machine: bool) -> None:
    """Print a client_id and, where there is a new one, its secret."""
    values = {"client_id": client_id} | ({"client_secret": secret} if secret else {})
    if machine:
        click.echo(json.dumps(values))
        return
    for name, value in values.items():
        click.echo(f"{name}  {value}")


def said(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `Wanted` that were given."""
    values = {name: value for name, value in given.items() if value not in (None, ())}
    if "jwks" in values:
        values["jwks"] = read(values["jwks"])
    if "scopes" in values:
        values["scopes"] = tuple(dict.fromkeys(" ".join(values["scopes"]).split()))
    return values


def read(file: IO[bytes]) -> dict[str, Any]:
    """Return the key set in a file."""
    try:
        keys = json.loads(file.read())
    except ValueError as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="--jwks") from error
    if not isinstance(keys, dict):
        raise click.BadParameter("no JSON object", param_hint="--jwks")
    return keys
