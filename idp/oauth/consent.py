"""The consent page: what an application may read, allowed once, remembered."""

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from flask import Blueprint, Response, request
from sqlalchemy import select

from idp.accounts import audit
from idp.accounts.models import Account
from idp.core import Core
from idp.oauth import requests
from idp.oauth.authorize import check, failed
from idp.oauth.models import Consent
from idp.oauth.requests import Asked
from idp.web import cookies, text
from idp.web.door import member
from idp.web.house import core
from idp.web.page import allow_form_target, page, see_other

bp = Blueprint("consent", __name__)


@bp.route("/consent", methods=["GET", "POST"])
def consent() -> Response:
    """Show what is asked; `answer=allow` remembers it, anything else goes back with an error."""
    who = member()
    parked = requests.fetch(core(), request.args.get("r", ""), cookies.browser())
    try:
        asked = check({k: [v] for k, v in parked.parameters.items()}, parked.started_at)
    except OAuth2Error as error:
        return failed(error, parked.parameters.get("state"))
    if request.method == "POST":
        if request.form.get("answer") != "allow":
            return failed(AccessDeniedError(redirect_uri=asked.redirect_uri), asked.state)
        remember(core(), who.account_id, asked)
        return see_other(f"/oauth/authorize?r={parked.id}")
    allow_form_target(asked.redirect_uri)
    return page(
        "oauth/consent.html",
        client_name=asked.client.name,
        purpose=asked.client.purpose,
        scopes=[text.text(f"scope.{scope}") for scope in asked.scopes],
        action=f"/consent?r={parked.id}",
    )


def remember(the_core: Core, account_id: str, asked: Asked) -> None:
    """Add the asked scopes to what this person allowed this application."""
    with the_core.writing():
        # Two clicks at once: the second waits here for what the first has written.
        the_core.db.execute(
            select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
        )
        row = the_core.db.scalars(
            select(Consent).where(
                Consent.account_id == account_id, Consent.client_id == asked.client.id
            )
        ).one_or_none()
        if row is None:
            row = Consent(
                id=the_core.chance.token(12), account_id=account_id,
                client_id=asked.client.id, scopes=[],
            )  # fmt: skip
            the_core.db.add(row)
        row.scopes = sorted({*row.scopes, *asked.scopes})
        row.given_at = the_core.clock.now()
        audit.note(the_core, "consent.given", account_id, client=asked.client.id)
