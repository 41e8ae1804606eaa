"""Client authentication at the token endpoint: strictly the registered method, one at a time.

Authlib accepts two methods in one request, parameters from the URL, and fails on a Basic header
that is not UTF-8; RFC 6749 §2.3 forbids the first two.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp.oauth.registry import Registered, Registry


@dataclass(frozen=True)
class Presented:
    """What a request shows of its client."""

    method: str
    client_id: str
    secret: str


def authenticate(registry: Registry, asked: Any) -> tuple[Registered, str]:
    """Return the client and its method; raises InvalidClientError or InvalidRequestError."""
    shown = presented(asked.headers.get("Authorization"), asked.form)
    client = _fitting(registry.find(shown.client_id), shown)
    # A secret that was rotated a moment ago must not fail because an old one is still cached.
    client = client or _fitting(registry.find(shown.client_id, fresh=True), shown)
    if client is None:
        raise unknown()
    return client, shown.method


def _fitting(client: Registered | None, shown: Presented) -> Registered | None:
    if client is None or client.auth_method != shown.method:
        return None
    proven = shown.method == "none" or client.check_client_secret(shown.secret)
    return client if proven else None


def presented(header: str | None, form: Any) -> Presented:
    """Return the one method a request uses."""
    named, secret = form.get("client_id", ""), form.get("client_secret", "")
    if header is None:
        if not named:
            raise unknown()
        return Presented("client_secret_post" if secret else "none", named, secret)
    if secret:
        raise InvalidRequestError("Use one way of client authentication")
    shown = basic(header)
    if named and named != shown.client_id:
        raise InvalidRequestError("client_id does not match the authenticated client")
    return shown


def basic(header: str) -> Presented:
    """Read `Authorization: Basic`; id and secret are form-encoded in it (RFC 6749 §2.3.1)."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        raise unknown()
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise unknown() from error
    client_id, colon, secret = pair.partition(":")
    if not colon or not unquote_plus(client_id).isprintable():
        raise unknown()
    return Presented("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))


def unknown() -> InvalidClientError:
    """Return one answer for every failure."""
    return InvalidClientError("Client authentication failed", status_code=401)
