"""The authorization endpoint: check the request, ask the steps, issue or send the person on.

The order of checks, all of it: parameters once and clean (`server.once`) -> response type ->
client -> redirect_uri, byte-equal -> from here on errors redirect -> parameters we do not have ->
scope -> PKCE and nonce (`pkce`) -> prompt and max_age -> the steps.
"""

import base64
import dataclasses
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from flask import Blueprint, Response, current_app, request

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.oauth import requests, steps, store
from idp.oauth.protocol import protocol
from idp.oauth.requests import Asked
from idp.oauth.server import Request, boundary
from idp.web import cookies, text
from idp.web.client import address
from idp.web.guard import fault
from idp.web.house import core
from idp.web.page import see_other

bp = Blueprint("authorize", __name__)

PROMPTS = frozenset({"none", "login"})
PARAMETERS = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age",
    "login_hint", "response_mode", "code_challenge", "code_challenge_method", "business_hint",
)  # fmt: skip
# Answered with the errors of OIDC Core §3.1.2.6 instead of being silently ignored.
UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


def check(values: Mapping[str, list[str]], started_at: datetime) -> Asked:
    """Return the checked request; raises OAuth2Error, with `redirect_uri` if it may redirect."""
    server = protocol().server
    try:
        with boundary():
            asked = server.read(values)
            grant = server.get_authorization_grant(asked)
            redirect_uri = grant.validate_authorization_request()
            return _asked(asked, redirect_uri, started_at)
    except OAuth2Error as error:
        error.redirect_uri = error.redirect_uri or _trusted(values)
        raise


def _trusted(values: Mapping[str, list[str]]) -> str | None:
    """Return the redirect_uri if the client has registered it: only then may an error go there."""
    client = protocol().registry.find(_only(values, "client_id") or "")
    uri = _only(values, "redirect_uri")
    return uri if client and uri and client.check_redirect_uri(uri) else None


def _only(values: Mapping[str, list[str]], name: str) -> str | None:
    """Return the value of a parameter that was sent once."""
    given = values.get(name, [])
    return given[0] if len(given) == 1 else None


def _asked(asked: Request, redirect_uri: str, started_at: datetime) -> Asked:
    data = asked.payload.data
    for name, error in UNSUPPORTED.items():
        if name in data:
            raise OAuth2Error(error=error, redirect_uri=redirect_uri)
    if data.get("response_mode", "query") != "query":
        raise InvalidRequestError("This response_mode is not supported")
    scopes = tuple(asked.client.get_allowed_scope(data.get("scope")).split())
    if "openid" not in scopes:
        raise InvalidScopeError("scope must contain openid")
    prompt = frozenset(data.get("prompt", "").split()) & PROMPTS
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError("prompt=none stands alone")
    return Asked(
        client=asked.client,
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=data.get("state"),
        nonce=data.get("nonce"),
        prompt=prompt,
        max_age=_max_age(data.get("max_age")),
        login_hint=data.get("login_hint"),
        challenge=data.get("code_challenge"),
        business_hint=data.get("business_hint"),
        started_at=started_at,
    )


def _max_age(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise InvalidRequestError("max_age must be a number of seconds")
    return int(value)


def respond(redirect_uri: str, state: str | None, **parameters: str) -> Response:
    """Send success and error alike: both carry `state` and `iss` (RFC 9207)."""
    values = {**parameters, "iss": core().settings.issuer}
    if state is not None:
        values["state"] = state
    joint = "&" if "?" in redirect_uri else "?"
    response = see_other(f"{redirect_uri}{joint}{urlencode(values)}")
    response.headers["Cache-Control"] = "no-store"
    return response


def failed(error: OAuth2Error, state: str | None) -> Response:
    """Send an error to the application if it may be sent there, else show it."""
    description = error.description or ""
    if error.redirect_uri:
        more = {"error_description": description} if description else {}
        return respond(error.redirect_uri, state, error=error.error, **more)
    known = {"invalid_client": "client_unknown", "unsupported_response_type": "invalid_request"}
    code = known.get(error.error, error.error)
    if "redirect_uri" in description:
        code = "redirect_uri_unregistered"
    return fault(code, text.text(f"error.{code}"), 400)


def sid_of(the_core: Core, session_id: str, client_id: str) -> str:
    """Return the `sid` of a session towards one client: two clients cannot compare them."""
    key, words = the_core.vault.pepper, f"sid\n{session_id}\n{client_id}".encode()
    digest = hmac.new(key, words, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def issue(asked: Asked, who: SignedIn, membership_id: str | None) -> str | None:
    """Write grant and code in one transaction; returns the code, or None if the session ended."""
    the_core = core()
    now, code, grant_id = the_core.clock.now(), the_core.chance.token(), the_core.chance.token(12)
    grant: dict[str, Any] = {
        "id": grant_id,
        "account_id": who.account_id,
        "client_id": asked.client.id,
        "session_id": who.session_id,
        "sid": sid_of(the_core, who.session_id, asked.client.id),
        "membership_id": membership_id,
        "scope": " ".join(asked.scopes),
        "auth_time": who.auth_time,
        "acr": who.acr,
        "amr": list(who.amr),
        "nonce": asked.nonce,
        "created_at": now,
        "ends_at": now + the_core.settings.tokens.refresh_absolute,
        "revoked_at": None,
    }
    with the_core.writing():
        row = store.code_row(code, grant_id, asked.redirect_uri, asked.challenge, now)
        return code if store.add_grant(the_core, grant, row) else None


@bp.get("/oauth/authorize")
def authorize() -> Response:
    """Answer an authorization request, new or parked (`?r=`)."""
    parked = _parked()
    values = (
        {k: [v] for k, v in parked.parameters.items()}
        if parked
        else request.args.to_dict(flat=False)
    )
    state = _only(values, "state")
    try:
        asked = check(values, parked.started_at if parked else core().clock.now())
    except OAuth2Error as error:
        return failed(error, state)
    if parked:
        asked = dataclasses.replace(asked, membership_id=parked.membership_id)
    at = steps.situation(core(), asked, cookies.signed_in())
    step = steps.first(at)
    code = issue(asked, at.who, at.membership_id) if at.who and step is None else None
    if code is not None:
        return respond(asked.redirect_uri, asked.state, code=code)
    step = step or steps.LOGIN
    if "none" in asked.prompt:
        return respond(asked.redirect_uri, asked.state, error=step.error)
    request_id = parked.id if parked else _park(values)
    return see_other(f"{step.where}?r={request_id}")


def _parked() -> requests.Parked | None:
    request_id = request.args.get("r")
    # An application's own parameter `r` is one that we do not know.
    if request_id is None or "client_id" in request.args:
        return None
    return requests.fetch(core(), request_id, cookies.browser())


def _park(values: Mapping[str, list[str]]) -> str:
    """Keep what we know of a request; what we do not know would only fill the table."""
    rates = current_app.extensions.get("idp.rates")
    if rates:
        rates.spend(address())
    known = {name: values[name][0] for name in PARAMETERS if name in values}
    return requests.park(core(), known, cookies.browser())
