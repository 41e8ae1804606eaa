"""Request objects by value (OIDC Core §6.1, RFC 9101): parameters inside a JWT of the client.

Merged as OIDC says: what the object holds wins, what it does not hold is taken from the request.
Authlib replaces the request by the object, and looks neither at `aud` nor at `iss`.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from joserfc.errors import JoseError

from idp.oauth.client_keys import Unverified
from idp.oauth.parameters import once, parsed
from idp.oauth.protocol import protocol
from idp.oauth.registry import Registered

# Names of the JWT, not of the request (RFC 9101 §4), and objects inside objects.
OUTSIDE = ("iss", "aud", "exp", "iat", "nbf", "jti", "request", "request_uri")
# RFC 7515 §4.1.9: compared in whatever case.
KINDS = ("jwt", "oauth-authz-req+jwt")
# Clocks differ.
SKEW = 30


class BadObject(OAuth2Error):  # type: ignore[misc]
    """The request object cannot be used (OIDC Core §3.1.2.6)."""

    error = "invalid_request_object"
    description = "The request object cannot be used"


def merged(values: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters with those of the request object over them (OIDC Core §6.1).

    Raises OAuth2Error. Ends the reading transaction before keys are fetched.
    """
    plain = {name: value for name, value in values.items() if name != "request"}
    if "request" not in values:
        return plain
    client = protocol().registry.find(values.get("client_id", ""))
    if client is None:
        return plain  # an unknown client is refused before anything else is said
    inside = _held(client, values["request"])
    held = once({name: _texts(name, value) for name, value in inside.items()})
    for name in ("client_id", "response_type"):
        # §6.1: both must stand in the request too, so that it is valid OAuth 2.0.
        if held.get(name, plain.get(name)) != plain.get(name):
            raise BadObject
    return plain | held


def _held(client: Registered, token: str) -> dict[str, Any]:
    """Return the parameters in a request object that is this client's and meant for us."""
    header, claims = _opened(client, token)
    issuer, now = protocol().core.settings.issuer, protocol().core.clock.timestamp()
    signed = header.get("alg") != "none"
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    sound = (
        str(header.get("typ", "jwt")).lower() in KINDS
        and (issuer in named or not (signed or "aud" in claims))
        and (claims.get("iss") == client.id or not (signed or "iss" in claims))
        # Else a client assertion could be sent as a request (RFC 9101 §10.8).
        and "sub" not in claims
        and _second(claims.get("exp", now)) > now - SKEW
        and _second(claims.get("nbf", now)) < now + SKEW
        and not {"request", "request_uri"} & claims.keys()
    )
    if not sound:
        raise BadObject
    return {name: value for name, value in claims.items() if name not in OUTSIDE}


def _opened(client: Registered, token: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return header and claims; the signature is the client's, or there is none and none is due."""
    header = _part(token, 0)
    if header.get("alg") == "none":
        if client.request_object_alg not in (None, "none") or not token.endswith("."):
            raise BadObject
        return header, _part(token, 1)
    # Ends the reading: nobody's call may hold a connection of ours.
    protocol().core.db.commit()
    try:
        found = protocol().client_keys.verified(client, token, client.request_object_alg)
    except (Unverified, JoseError) as error:
        raise BadObject from error
    return found.header, dict(found.claims)


def _part(token: str, at: int) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        raise BadObject
    try:
        raw = base64.urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4))
        part = parsed(raw.decode(), BadObject.description)
    except (binascii.Error, ValueError, OAuth2Error) as error:
        raise BadObject from error
    if not isinstance(part, dict):
        raise BadObject
    return part


def _second(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadObject
    return value


def _texts(name: str, value: object) -> list[str]:
    """Return the values of a member: several of `resource` alone (RFC 8707 §2)."""
    if name == "resource" and isinstance(value, list):
        return [_text(one) for one in value]
    return [_text(value)]


def _text(value: object) -> str:
    """Write a member as the parameter of a request: text, number, or JSON for `claims`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadObject
