"""Relying parties: adding, listing, and the cached facts that every request reads."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import select

from idp.accounts import audit
from idp.core import Core
from idp.errors import Refused
from idp.oauth.models import Client
from idp.seal import fingerprint

CACHE = timedelta(seconds=5)
SCOPES = ("openid", "profile", "email", "offline_access", "business", "businesses")
METHODS = ("client_secret_basic", "client_secret_post", "none")
ALGORITHMS = ("RS256", "ES256")
# RS256 costs thirty times as much to sign.
SUGGESTED = "ES256"
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


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

    @property
    def public(self) -> bool:
        """Whether it has no secret (RFC 6749 §2.1)."""
        return self.auth_method == "none"

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
        found = _facts(row)
        self._known[client_id] = (now + CACHE, found)
        return found

    def name_behind(self, client_id: str, uri: str) -> str | None:
        """Return the name of the client if `uri` is byte-equal to one of its addresses."""
        client = self.find(client_id)
        if client is None or uri not in (*client.redirect_uris, *client.post_logout_redirect_uris):
            return None
        return client.name


def _facts(row: Client) -> Registered:
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
    )


@dataclass(frozen=True)
class Wanted:
    """What an operator asks for when adding a client."""

    name: str
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("openid",)
    auth_method: str = "client_secret_basic"
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    id_token_alg: str = SUGGESTED
    require_pkce: bool = True
    first_party: bool = False
    purpose: str = ""
    id: str | None = None


def add(core: Core, wanted: Wanted) -> tuple[Registered, str | None]:
    """Register a client; returns it and its secret, which is shown once and stored as a hash.

    Raises Refused with the first mistake.
    """
    _check(wanted)
    secret = None if wanted.auth_method == "none" else core.chance.token(32)
    row = Client(
        id=wanted.id or core.chance.token(12),
        name=wanted.name,
        purpose=wanted.purpose,
        state=State.ACTIVE,
        secret_hash=fingerprint(secret) if secret else None,
        auth_method=wanted.auth_method,
        redirect_uris=list(wanted.redirect_uris),
        post_logout_redirect_uris=list(wanted.post_logout_redirect_uris),
        scopes=list(wanted.scopes),
        grant_types=list(wanted.grant_types),
        id_token_alg=wanted.id_token_alg,
        require_pkce=wanted.require_pkce,
        first_party=wanted.first_party,
        created_at=core.clock.now(),
    )
    with core.writing():
        core.db.add(row)
        audit.note(core, "client.added", None, actor=audit.OPERATOR, client=row.id)
    return _facts(row), secret


def _check(wanted: Wanted) -> None:
    if not wanted.name.strip():
        raise Refused("client_name_missing")
    for uri in (*wanted.redirect_uris, *wanted.post_logout_redirect_uris):
        check_uri(uri)
    _check_values("scope", wanted.scopes, SCOPES)
    _check_values("auth_method", (wanted.auth_method,), METHODS)
    _check_values("id_token_alg", (wanted.id_token_alg,), ALGORITHMS)
    _check_values("grant_type", wanted.grant_types, GRANT_TYPES)
    public = wanted.auth_method == "none"
    if public and not wanted.require_pkce:
        raise Refused("client_public_needs_pkce")
    if public and "client_credentials" in wanted.grant_types:
        raise Refused("client_public_has_no_credentials")
    if "authorization_code" in wanted.grant_types and not wanted.redirect_uris:
        raise Refused("client_redirect_uri_missing")


def _check_values(what: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise Refused("client_unknown_value", what=what, value=value, known=", ".join(known))


def check_uri(uri: str) -> None:
    """Refuse addresses that are no exact https address (http on loopback): RFC 9700 §2.1."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise Refused("client_uri", uri=uri) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    plain = uri.isascii() and uri.isprintable() and not set(uri) & set(' "\\<>^`{|}*#')
    if not secure or not plain or not parts.hostname or parts.username is not None or port == 0:
        raise Refused("client_uri", uri=uri)


def everyone(core: Core) -> list[Client]:
    """Return all clients by name."""
    return list(core.db.scalars(select(Client).order_by(Client.name, Client.id)))


def rotate_secret(core: Core, client_id: str) -> str:
    """Give a confidential client a new secret at once; raises Refused for any other."""
    secret = core.chance.token(32)
    with core.writing():
        row = _row(core, client_id)
        if row.auth_method == "none":
            raise Refused("client_is_public")
        row.secret_hash = fingerprint(secret)
        audit.note(core, "client.secret", None, actor=audit.OPERATOR, client=client_id)
    return secret


def set_state(core: Core, client_id: str, state: State) -> None:
    """Disable or enable a client; raises Refused for an unknown one."""
    with core.writing():
        _row(core, client_id).state = state
        audit.note(core, f"client.{state}", None, actor=audit.OPERATOR, client=client_id)


def _row(core: Core, client_id: str) -> Client:
    row = core.db.get(Client, client_id)
    if row is None:
        raise Refused("client_unknown")
    return row
