"""Signing out: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0) and our own button.

Without a question only when the hint is our ID token for this very session; anything else asks.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, request

from idp.accounts import audit, sessions
from idp.errors import NotAllowed
from idp.oauth import store
from idp.oauth.authorize import failed, sid_of
from idp.oauth.protocol import protocol
from idp.oauth.registry import Registered
from idp.oauth.server import once
from idp.oauth.tokens import ID_TOKEN
from idp.web import cookies
from idp.web.guard import machine
from idp.web.house import core
from idp.web.page import allow_form_target, page, see_other

bp = Blueprint("logout", __name__)

FIELDS = ("client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True)
class Leaving:
    """A checked logout request."""

    client: Registered | None
    return_to: str | None
    sid: str | None
    fields: Mapping[str, str]


def check(values: Mapping[str, list[str]]) -> Leaving:
    """Return what a logout request asks for; raises InvalidRequestError.

    An expired hint is fine (§2); a forged one, or one of another client, is an error (§4).
    """
    data = once(values)
    hint = data.get("id_token_hint")
    claims = protocol().tokens.verified(hint, ID_TOKEN, expired=True) if hint else None
    if hint and claims is None:
        raise InvalidRequestError("id_token_hint is not ours")
    named = data.get("client_id") or (str(claims["aud"]) if claims else None)
    if claims and named != claims.get("aud"):
        raise InvalidRequestError("client_id does not match id_token_hint")
    client = protocol().registry.find(named) if named else None
    uri = data.get("post_logout_redirect_uri")
    if uri and (client is None or uri not in client.post_logout_redirect_uris):
        raise InvalidRequestError("post_logout redirect_uri is not registered")
    fields = {name: data[name] for name in FIELDS if name in data}
    return Leaving(
        client=client,
        return_to=_with_state(uri, data.get("state")) if uri else None,
        sid=str(claims["sid"]) if claims and "sid" in claims else None,
        # The confirmation carries no hint, so it must name the client itself.
        fields=fields | ({"client_id": client.id} if client else {}),
    )


def _with_state(uri: str, state: str | None) -> str:
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"


@bp.route("/oauth/logout", methods=["GET", "POST"])
@machine
def end_session() -> Response:
    """End the session that the hint names, or ask."""
    values = request.form if request.method == "POST" else request.args
    try:
        leaving = check(values.to_dict(flat=False))
    except InvalidRequestError as error:
        return failed(error, None)
    who = cookies.signed_in()
    if who is None:
        return _left(leaving, _end_unseen(leaving))
    mine = leaving.client and leaving.sid == sid_of(core(), who.session_id, leaving.client.id)
    return _end(leaving) if mine else _ask(leaving)


@bp.route("/logout", methods=["GET", "POST"])
def logout() -> Response:
    """Ask, or after the button sign out."""
    values = request.form if request.method == "POST" else request.args
    try:
        leaving = check(values.to_dict(flat=False))
    except InvalidRequestError as error:
        return failed(error, None)
    return _end(leaving) if request.method == "POST" else _ask(leaving)


def _ask(leaving: Leaving) -> Response:
    if leaving.return_to:
        allow_form_target(leaving.return_to)
    return page(
        "oauth/logout_confirm.html",
        client_name=leaving.client.name if leaving.client else None,
        action="/logout",
        fields=leaving.fields,
    )


def _end(leaving: Leaving) -> Response:
    who = cookies.signed_in()
    names: list[str] = []
    if who is not None:
        names = store.applications(core(), who.session_id)
        with suppress(NotAllowed), core().writing():  # ended at this very moment, elsewhere
            sessions.end(core(), who.account_id, who.session_id)
            audit.note(core(), "logout", who.account_id)
    cookies.sign_out()
    return _left(leaving, names)


def _end_unseen(leaving: Leaving) -> list[str]:
    """End the session that our own hint names, though its cookie did not come along.

    A POST from another site brings no cookie of ours; saying "signed out" must be true all the
    same (CVE-2025-12390).
    """
    if leaving.sid is None or leaving.client is None:
        return []
    found = store.session_behind(core(), leaving.sid, leaving.client.id)
    if found is None:
        return []
    names = store.applications(core(), found[0])
    with suppress(NotAllowed), core().writing():
        sessions.end(core(), found[1], found[0])
        audit.note(core(), "logout", found[1])
    return names


def _left(leaving: Leaving, names: list[str]) -> Response:
    if leaving.return_to:
        return see_other(leaving.return_to)
    return page("pages/logged_out.html", ended=names)
