"""`idp conformance`: an installation for the OpenID Foundation's conformance suite."""

import json
import os
from pathlib import Path
from typing import Any

import click
from sqlalchemy import delete

from idp.accounts import admin
from idp.accounts.admin import Person
from idp.accounts.models import Account
from idp.accounts.people import email_key
from idp.cli import suite
from idp.cli.context import core
from idp.cli.suite import Json, Scene
from idp.core import Core
from idp.oauth import registration
from idp.oauth.models import Client
from idp.oauth.registration import Wanted

ERIKA = Person("erika@example.test", "Erika", "Mustermann")
# Every standard claim that has no column of its own (OIDC Core §5.1).
CLAIMS: dict[str, Any] = {
    "middle_name": "Maria",
    "nickname": "Eri",
    "preferred_username": "erika",
    "profile": "https://www.example.test/erika",
    "picture": "https://www.example.test/erika.png",
    "website": "https://erika.example.test/",
    "gender": "female",
    "birthdate": "1985-04-12",
    "zoneinfo": "Europe/Berlin",
    "phone_number": "+4930123456",
    "phone_number_verified": True,
    "address": {
        "formatted": "Musterallee 1\n12345 Musterstadt\nDeutschland",
        "street_address": "Musterallee 1",
        "locality": "Musterstadt",
        "region": "Musterland",
        "postal_code": "12345",
        "country": "Deutschland",
    },
}
SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access")
BASIC, POST = "client_secret_basic", "client_secret_post"
# The suite's names for its clients, and how each proves who it is.
CLIENTS = {"client": BASIC, "client2": BASIC, "client_secret_post": POST}
# What a client has that says nothing of it (OIDC Core §15.1); so the suite's clients have it.
UNSAID = "RS256"


@click.group()
def command() -> None:
    """Prepare an installation for the conformance suite: never one that has people in it."""


@command.command()
@click.option("--suite", "address", required=True, help="Its address: https://suite.test:8443.")
@click.option("--alias", default="hwk-idp", show_default=True, help="Part of its addresses.")
@click.option("--password", help="Of the invented person; drawn if it is not given.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path),
    help="Folder for its configuration files; without it they are printed.",
)  # fmt: skip
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def seed(address: str, alias: str, password: str | None, out: Path | None, machine: bool) -> None:
    """Add the suite's clients and one invented person, erika@example.test.

    Those of an earlier run are replaced. Prints for each test plan the file that it takes.
    """
    if not core().settings.oauth.conformance:
        raise click.ClickException("not an installation for a suite: set IDP_CONFIG=conformance")
    made = seeded(core(), address.rstrip("/"), alias, password or core().chance.token(24))
    if out is None:
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
        return
    files = {name: _written(out / f"{name}.json", document) for name, document in made.items()}
    main, backchannel = files.values()
    taken = dict.fromkeys(suite.PLANS, main) | dict.fromkeys(suite.BACKCHANNEL_PLANS, backchannel)
    if machine:
        click.echo(json.dumps(taken))
    else:
        for plan, file in taken.items():
            click.echo(f"{plan}  {file}")


def seeded(core: Core, address: str, alias: str, password: str) -> dict[str, Json]:
    """Replace person and clients in one transaction; returns the suite's documents by alias."""
    scene = Scene(core.settings.issuer, ERIKA.email, password)
    backchannel = f"{alias}-bcl"
    told = f"{address}/test/a/{backchannel}/backchannel_logout"
    with core.writing():
        _replace_person(core, password)
        several = {name: _replace(core, address, alias, name) for name in CLIENTS}
        one = {"client": _replace(core, address, backchannel, "client", told)}
    return {
        alias: scene.configuration(alias, several),
        backchannel: scene.configuration(backchannel, one),
    }


def _replace_person(core: Core, password: str) -> None:
    """Add the person anew: confirmed, nothing due, no second factor, no business."""
    core.db.execute(delete(Account).where(Account.email_key == email_key(ERIKA.email)))
    account = admin.add(core, ERIKA, password)
    account.claims = CLAIMS
    account.terms_version = core.settings.registration.terms_version


def _replace(core: Core, address: str, alias: str, name: str, told: str | None = None) -> Json:
    """Add a client anew, with all that it was ever given gone; `told` is where it hears of logouts.

    It is a third party: consent is part of what is tested.
    """
    base, client_id = f"{address}/test/a/{alias}", f"{alias}-{name.replace('_', '-')}"
    core.db.execute(delete(Client).where(Client.id == client_id))
    wanted = Wanted(
        id=client_id,
        name=f"Prüfung ({client_id})",
        purpose="OpenID Connect prüfen",
        auth_method=CLIENTS[name],
        redirect_uris=(f"{base}/callback",),
        post_logout_redirect_uris=(f"{base}/post_logout_redirect",),
        scopes=SCOPES,
        id_token_alg=UNSAID,
        require_pkce=False,
        backchannel_logout_uri=told,
    )
    _, secret = registration.add(core, wanted)
    return {"client_id": client_id, "client_secret": secret}


def _written(file: Path, document: Json) -> str:
    """Write a document that holds secrets: for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as text:
        json.dump(document, text, ensure_ascii=False, indent=1)
    return str(file)
