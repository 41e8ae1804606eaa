"""Revocation (RFC 7009): an application ends what it was given.

A token's grant ends, and with it all its tokens (§2.1). What kind of token it is shows by itself,
so a hint is not needed.
"""

from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from flask import Blueprint, Response

from idp.accounts import grants
from idp.core import Core
from idp.oauth import endpoint, jti, shown
from idp.oauth.protocol import protocol
from idp.oauth.registry import Registered
from idp.oauth.server import Request
from idp.web.guard import machine

bp = Blueprint("revocation", __name__)


@bp.route("/oauth/revoke", methods=["POST"])
@machine
def revoke() -> Response:
    """End a token of the client that asks; one that is unknown has ended already (§2.2)."""
    return endpoint.answered(_revoke)


def _revoke(asked: Request) -> Response:
    core = protocol().core
    with endpoint.authenticated(asked, writes=True) as client:
        token = asked.form.get("token")
        if not token:
            raise InvalidRequestError("Missing token")
        claims = shown.access(token)
        if claims:
            _end_access(core, client, claims)
        elif found := shown.refresh(core, token):
            # One that was rotated away names its family as well.
            _check_owner(client, found.client_id)
            _end_grant(core, found.grant_id)
    return Response(status=200, mimetype="text/plain", headers={"Cache-Control": "no-store"})


def _check_owner(client: Registered, owner: str) -> None:
    """§2.1: a token of another client is not touched, and that is told."""
    if client.id != owner:
        raise InvalidGrantError("The token belongs to another client")


def _end_access(core: Core, client: Registered, claims: dict[str, Any]) -> None:
    _check_owner(client, claims["client_id"])
    if "grant_id" in claims:
        _end_grant(core, claims["grant_id"])
    else:
        # A client's own token hangs on no grant: it is remembered until it ends by itself.
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        jti.spend(core, shown.REVOKED, client.id, claims["jti"], ends)


def _end_grant(core: Core, grant_id: str) -> None:
    """End the grant without a word to the application: it has asked for that itself."""
    grants.revoke(core, grants.Grant.id == grant_id)
