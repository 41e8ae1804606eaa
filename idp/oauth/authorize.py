"""The authorization endpoint: ask the steps of a checked request, issue or send the person on.

What makes a request good is `authorization_request`; what is still needed is `steps`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, request

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.oauth import requests, steps, store
from idp.oauth.authorization_request import Rejected, again, check
from idp.oauth.requests import Asked, Parked
from idp.oauth.response import failed, send
from idp.oauth.steps import Situation
from idp.web import cookies, text
from idp.web.client import address
from idp.web.guard import machine
from idp.web.house import core
from idp.web.page import see_other

bp = Blueprint("authorize", __name__)

# Bytes of a posted request that may be repeated in an address.
LONGEST_ADDRESS = 4096
PARAMETERS = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age",
    "login_hint", "id_token_hint", "response_mode", "code_challenge", "code_challenge_method",
    "claims", "ui_locales", "resource", "business_hint",
)  # fmt: skip


def sid_of(the_core: Core, session_id: str, client_id: str) -> str:
    """Return the `sid` of a session towards one client: two clients cannot compare them."""
    key, words = the_core.vault.pepper, f"sid\n{session_id}\n{client_id}".encode()
    digest = hmac.new(key, words, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def issue(at: Situation, who: SignedIn) -> str | None:
    """Write grant and code in one transaction.

    Returns the code; None if session, membership or consent have ended meanwhile.
    """
    the_core, asked = core(), at.asked
    now, code, grant_id = the_core.clock.now(), the_core.chance.token(), the_core.chance.token(12)
    grant: dict[str, Any] = {
        "id": grant_id,
        "account_id": who.account_id,
        "client_id": asked.client.id,
        "session_id": who.session_id,
        "sid": sid_of(the_core, who.session_id, asked.client.id),
        "membership_id": at.membership_id,
        "scope": " ".join(asked.scopes),
        "auth_time": who.auth_time,
        "acr": who.acr,
        "amr": list(who.amr),
        "nonce": asked.nonce,
        "claims": asked.claims.stored(),
        "resources": list(asked.resources),
        "created_at": now,
        "ends_at": now + the_core.settings.tokens.refresh_absolute,
        "revoked_at": None,
    }
    with the_core.writing():
        row = store.code_row(code, grant_id, asked.target.redirect_uri, asked.challenge, now)
        allowed = at.consented.id if at.must_be_allowed else None
        return code if store.add_grant(the_core, grant, row, allowed) else None


@bp.get("/oauth/authorize")
def authorize() -> Response:
    """Answer an authorization request, new or parked (`?r=`)."""
    if request.method == "HEAD":
        # Whoever only looks, as scanners do, is given nothing.
        abort(405, valid_methods=["GET", "POST"])
    parked = _parked()
    try:
        if parked:
            return _go_on(again(parked), parked.id, parked.parameters)
        asked, known = check(request.args.to_dict(flat=False), core().clock.now())
        return _go_on(asked, None, known)
    except Rejected as rejected:
        return failed(rejected)


@bp.post("/oauth/authorize")
@machine
def posted() -> Response:
    """Take a request by POST (OIDC Core §3.1.2.1) and go on by GET.

    A POST from another site brings no cookie of ours, and the answer must set none: what is
    checked waits for the browser that opens it, what is wrong is shown by GET. 303, never 307.
    """
    values = request.form.to_dict(flat=False)
    try:
        _, known = check(values, core().clock.now())
    except Rejected as rejected:
        if rejected.target or (request.content_length or 0) > LONGEST_ADDRESS:
            return failed(rejected)
        return see_other(f"/oauth/authorize?{urlencode(values, doseq=True)}")
    return see_other(f"/oauth/authorize?r={_park(known, None)}")


def _parked() -> Parked | None:
    request_id = request.args.get("r")
    # An application's own parameter `r` is one that we do not know.
    if request_id is None or "client_id" in request.args:
        return None
    return requests.fetch(core(), request_id, cookies.browser())


def _go_on(asked: Asked, request_id: str | None, values: Mapping[str, str]) -> Response:
    """Issue, or send the person to the first step that is needed."""
    at = steps.situation(core(), asked, cookies.signed_in())
    step = steps.first(at)
    code = issue(at, at.who) if at.who and step is None else None
    if code is not None:
        return send(asked.target, code=code)
    step = step or steps.LOGIN
    if "none" in asked.prompt or step.where is None:
        return send(asked.target, error=step.error)
    text.prefer(values.get("ui_locales", ""))
    request_id = request_id or _park(values, cookies.browser())
    return see_other(f"{step.where}?r={request_id}")


def _park(values: Mapping[str, str], browser: str | None) -> str:
    """Keep what we know of a request; what we do not know would only fill the table."""
    rates = current_app.extensions.get("idp.rates")
    if rates:
        rates.spend(address())
    known = {name: values[name] for name in PARAMETERS if name in values}
    return requests.park(core(), known, browser)
