"""Signing out: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0) and our own button.

Without a question only when the hint is our ID token for this very session, or when nobody is seen
to be signed in (§2); anything else asks.
Ending the session tells its applications (`backchannel`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, request
from sqlalchemy import select

from idp.accounts import audit, sessions
from idp.accounts.grants import Grant
from idp.accounts.models import UserSession
from idp.errors import NotAllowed
from idp.oauth import hint
from idp.oauth.authorization_request import Rejected
from idp.oauth.authorize import LONGEST_ADDRESS, sid_of
from idp.oauth.models import Client
from idp.oauth.parameters import UnregisteredAddress, once
from idp.oauth.protocol import protocol
from idp.oauth.registry import Registered, State
from idp.oauth.response import failed
from idp.seal import fingerprint
from idp.web import cookies, text
from idp.web.guard import machine
from idp.web.house import core
from idp.web.page import allow_form_target, page, see_other

bp = Blueprint("logout", __name__)

FIELDS = ("client_id", "post_logout_redirect_uri", "state")
# Never "cookies": that would empty those of every application under the chamber's domain.
CLEARED = '"cache", "storage"'


@dataclass(frozen=True)
class Leaving:
    """A checked logout request; `sub` and `sid` are the hint's."""

    client: Registered | None
    return_to: str | None
    sub: str | None
    sid: str | None
    fields: Mapping[str, str]


def check(values: Mapping[str, list[str]]) -> Leaving:
    """Return what a logout request asks for; raises InvalidRequestError.

    An expired hint is fine (§2), and so is one of a retired key; a forged one, or one of another
    client, is an error (§4).
    """
    data = once(values)
    given = data.get("id_token_hint")
    claims = (hint.read(given) if given else None) or {}
    if given and not claims:
        raise InvalidRequestError("id_token_hint is not ours")
    named = data.get("client_id") or claims.get("aud")
    if claims and named != claims.get("aud"):
        raise InvalidRequestError("client_id does not match id_token_hint")
    client = protocol().registry.find(named) if named else None
    uri = data.get("post_logout_redirect_uri")
    if uri and (client is None or uri not in client.post_logout_redirect_uris):
        raise UnregisteredAddress("post_logout_redirect_uri is not registered")
    text.prefer(data.get("ui_locales", ""))
    fields = {name: data[name] for name in FIELDS if name in data}
    return Leaving(
        client=client,
        return_to=_with_state(uri, data.get("state")) if uri else None,
        sub=claims.get("sub"),
        sid=claims.get("sid"),
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
    """End the session that the hint names, or ask.

    A POST from another site brings no cookie of ours, and its answer must set none: what it cannot
    do is asked again by GET, which brings them.
    """
    posted = request.method == "POST"
    values = (request.form if posted else request.args).to_dict(flat=False)
    try:
        leaving = check(values)
    except InvalidRequestError as error:
        by_get = posted and (request.content_length or 0) <= LONGEST_ADDRESS
        return _by_get(values) if by_get else failed(Rejected(error, None))
    who = cookies.signed_in()
    if who is None:
        return _unseen(leaving, posted)
    mine = leaving.client and leaving.sid == sid_of(core(), who.session_id, leaving.client.id)
    return _end(leaving) if mine else _ask(leaving)


@bp.route("/logout", methods=["GET", "POST"])
def logout() -> Response:
    """Ask, or after the button sign out."""
    values = request.form if request.method == "POST" else request.args
    try:
        leaving = check(values.to_dict(flat=False))
    except InvalidRequestError as error:
        return failed(Rejected(error, None))
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
    ended = _sign_out(who.account_id, who.session_id) if who else None
    cookies.sign_out()
    return _left(leaving, ended)


def _by_get(values: Mapping[str, object]) -> Response:
    return see_other(f"/oauth/logout?{urlencode(values, doseq=True)}")


def _unseen(leaving: Leaving, posted: bool) -> Response:
    """Go on where nobody is seen to be signed in; that somebody is must not stay unsaid.

    By GET another browser's session is left alone, whoever holds an old hint of it.
    """
    ended = _end_unseen(leaving, None if posted else cookies.get("session") or "")
    if posted and not (ended and leaving.return_to):
        return _by_get(leaving.fields)
    return _left(leaving, ended)


def _end_unseen(leaving: Leaving, cookie: str | None) -> str | None:
    """End the session that our own hint names, though its cookie did not come along, or is idle.

    Saying "signed out" must be true all the same (CVE-2025-12390). A `cookie` must be that of the
    session.
    """
    if leaving.sid is None or leaving.client is None:
        return None
    named = select(Grant.session_id).where(
        Grant.account_id == leaving.sub,
        Grant.client_id == leaving.client.id,
        Grant.sid == leaving.sid,
    )
    if cookie is not None:
        named = named.join(UserSession, UserSession.id == Grant.session_id).where(
            UserSession.hash == fingerprint(cookie)
        )
    session_id = core().db.scalar(named.limit(1))
    return _sign_out(str(leaving.sub), session_id) if session_id else None


def _sign_out(account_id: str, session_id: str) -> str | None:
    """End a session and return its id; None when it ended before, or at this moment elsewhere."""
    try:
        with core().writing():
            sessions.end(core(), account_id, session_id)
            audit.note(core(), "logout", account_id)
    except NotAllowed:
        return None
    return session_id


def _left(leaving: Leaving, ended: str | None) -> Response:
    if leaving.return_to:
        return see_other(leaving.return_to)
    used = _applications(ended) if ended else []
    response = page(
        "pages/logged_out.html",
        told=[name for name, told in used if told],
        ended=[name for name, told in used if not told],
    )
    response.headers["Clear-Site-Data"] = CLEARED
    return response


def _applications(session_id: str) -> list[tuple[str, bool]]:
    """Return the applications that a session signed in to, by name, and whether they are told."""
    rows = core().db.execute(
        select(Client.name, Client.backchannel_logout_uri.is_not(None))
        .join(Grant, Grant.client_id == Client.id)
        .where(Grant.session_id == session_id, Client.state == State.ACTIVE)
        .distinct()
        .order_by(Client.name)
    )
    return [(name, told) for name, told in rows]
