"""Relying parties as the protocol reads them: cached facts, and what may be registered at all.

How a client is added and changed is `registration.py`.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from idp.core import Core
from idp.oauth.models import Client
from idp.seal import fingerprint

CACHE = timedelta(seconds=5)
SCOPES = (
    "openid", "profile", "email", "phone", "address", "offline_access", "business", "businesses",
)  # fmt: skip
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
# What we sign with; clients may sign assertions and request objects likewise.
ALGORITHMS = ("RS256", "ES256", "PS256", "Ed25519")
# RS256 costs thirty times as much to sign.
SUGGESTED = "ES256"
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


class State(StrEnum):
    """Whether a client may do anything."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Registered:
    """A client as the protocol reads it; the methods are those that Authlib asks for."""

    id: str
    name: str
    purpose: str
    secret_hash: str | None
    auth_method: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    id_token_alg: str
    require_pkce: bool
    first_party: bool
    offline_allowed: bool = False
    home_uri: str | None = None
    jwks: Mapping[str, Any] | None = field(default=None, hash=False)
    jwks_uri: str | None = None
    assertion_alg: str | None = None
    token_url_audience: bool = False
    request_object_alg: str | None = None
    default_max_age: int | None = None
    backchannel_logout_uri: str | None = None
    resources: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Whether it cannot prove who it is (RFC 6749 §2.1)."""
        return self.auth_method == "none"

    @property
    def home(self) -> str | None:
        """Return where the application starts: as registered, else the root of its address."""
        if self.home_uri or not self.redirect_uris:
            return self.home_uri
        parts = urlsplit(self.redirect_uris[0])
        return f"{parts.scheme}://{parts.netloc}/"

    def check_client_secret(self, secret: str) -> bool:
        """Compare by hash: the secret is 256 random bits, SHA-256 is enough and fast."""
        return hmac.compare_digest(fingerprint(secret), self.secret_hash or "")

    def check_redirect_uri(self, uri: str) -> bool:
        """Accept byte-equal registered addresses only."""
        return uri in self.redirect_uris

    def check_response_type(self, response_type: str) -> bool:
        """Accept the code flow."""
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Accept what staff allowed."""
        return grant_type in self.grant_types

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return the asked scopes that this client may have; unknown ones are ignored."""
        return " ".join(s for s in dict.fromkeys((scope or "").split()) if s in self.scopes)


class Registry:
    """Finds clients; what was found is believed for `CACHE`, what was not found is not kept.

    Disabling a client counts at once nevertheless: every statement that issues asks for it.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known: dict[str, tuple[datetime, Registered]] = {}

    def find(self, client_id: str, *, fresh: bool = False) -> Registered | None:
        """Return the active client with this id, or None; `fresh` believes no cache."""
        now = self._core.clock.now()
        known = self._known.get(client_id)
        if known and known[0] > now and not fresh:
            return known[1]
        self._known.pop(client_id, None)
        row = self._core.db.scalars(
            select(Client).where(Client.id == client_id, Client.state == State.ACTIVE)
        ).one_or_none()
        if row is None:
            return None
        found = facts(row)
        self._known[client_id] = (now + CACHE, found)
        return found

    def name_behind(self, client_id: str, uri: str) -> str | None:
        """Return the name of the client if `uri` is byte-equal to one of its addresses."""
        client = self.find(client_id)
        if client is None or uri not in (*client.redirect_uris, *client.post_logout_redirect_uris):
            return None
        return client.name


def facts(row: Client) -> Registered:
    """Return what the protocol reads of a stored client."""
    return Registered(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        secret_hash=row.secret_hash,
        auth_method=row.auth_method,
        redirect_uris=tuple(row.redirect_uris),
        post_logout_redirect_uris=tuple(row.post_logout_redirect_uris),
        scopes=tuple(row.scopes),
        grant_types=tuple(row.grant_types),
        id_token_alg=row.id_token_alg,
        require_pkce=row.require_pkce,
        first_party=row.first_party,
        offline_allowed=row.offline_allowed,
        home_uri=row.home_uri,
        jwks=row.jwks,
        jwks_uri=row.jwks_uri,
        assertion_alg=row.assertion_alg,
        token_url_audience=row.token_url_audience,
        request_object_alg=row.request_object_alg,
        default_max_age=row.default_max_age,
        backchannel_logout_uri=row.backchannel_logout_uri,
        resources=tuple(row.resources),
    )
