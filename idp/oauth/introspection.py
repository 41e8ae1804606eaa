"""Introspection (RFC 7662): what a token is worth now, for those it concerns.

These are the client that it was issued to, and the API that it was issued for. To everybody else,
and of everything that is over, the answer is the same: not active.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response
from sqlalchemy import Row

from idp.oauth import client_auth, endpoint, jti, shown, store
from idp.oauth.protocol import Protocol, protocol
from idp.oauth.registry import Registered
from idp.oauth.server import Request
from idp.oauth.tokens import seconds
from idp.web.guard import machine

bp = Blueprint("introspection", __name__)

MEMBERS = ("scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti")


@bp.route("/oauth/introspect", methods=["POST"])
@machine
def introspect() -> Response:
    """Tell whether a token is active, and what it says; only who can prove who asks may know
    (RFC 7662 §2).
    """
    return endpoint.answered(_introspect)


def _introspect(asked: Request) -> Response:
    the = protocol()
    with endpoint.authenticated(asked, writes=False) as client:
        if client.public:
            raise client_auth.unknown()
        token = asked.form.get("token")
        if not token:
            raise InvalidRequestError("Missing token")
        claims = shown.access(token)
        said = _of_access(the, client, claims) if claims else _of_refresh(the, client, token)
    return the.server.answer(200, {"active": True, **said} if said else {"active": False})


def _of_access(the: Protocol, asking: Registered, claims: dict[str, Any]) -> dict[str, Any] | None:
    if not _concerns(the, asking, claims):
        return None
    said = {name: claims[name] for name in MEMBERS if claims.get(name)} | {"token_type": "Bearer"}
    if "grant_id" not in claims:
        return said if _counts(the, claims) else None
    grant = store.granted(the.core, claims["grant_id"])
    if grant is None:
        return None
    # What staff took from the client since is gone, as at userinfo.
    client = the.registry.find(grant.client_id)
    left = client.get_allowed_scope(said.pop("scope", None)) if client else ""
    said |= {"scope": left} if left else {}
    if "business" in claims and not _business_ended(grant):
        said["business"] = claims["business"]
    return said | {"auth_time": seconds(grant.auth_time), "acr": grant.acr}


def _concerns(the: Protocol, asking: Registered, claims: dict[str, Any]) -> bool:
    """Tell whether the token is the client's, or meant for the API behind it."""
    if claims["client_id"] == asking.id:
        return True
    resource = the.resources.find(str(claims["aud"]))
    meant = resource is not None and resource.client_id == asking.id
    return meant and store.client_is_active(the.core, asking.id)


def _counts(the: Protocol, claims: dict[str, Any]) -> bool:
    """Tell whether the token of a client itself still counts."""
    client_id = claims["client_id"]
    revoked = jti.seen(the.core, shown.REVOKED, client_id, claims["jti"])
    return not revoked and store.client_is_active(the.core, client_id)


def _of_refresh(the: Protocol, asking: Registered, token: str) -> dict[str, Any] | None:
    """Describe a refresh token, to nobody but its client."""
    found = shown.refresh(the.core, token)
    if found is None or found.client_id != asking.id or found.used_at:
        return None
    grant = store.granted(the.core, found.grant_id)
    if grant is None or found.ends_at <= the.core.clock.now() or _business_ended(grant):
        return None
    scope = asking.get_allowed_scope(grant.scope)
    if "offline_access" not in scope.split():
        return None
    return {
        "scope": scope,
        "client_id": asking.id,
        "sub": grant.account_id,
        "exp": seconds(min(found.ends_at, grant.ends_at)),
        "iss": the.core.settings.issuer,
    }


def _business_ended(grant: Row[Any]) -> bool:
    """Tell whether the person may no longer act for the grant's business."""
    return bool(grant.membership_id) and (grant.until is not None or grant.status != "active")
