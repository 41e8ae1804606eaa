"""What staff do with relying parties: add, change, list, give new secrets, disable."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import select

from idp.accounts import audit
from idp.core import Core
from idp.errors import Refused
from idp.oauth import client_keys
from idp.oauth.models import Client, Resource
from idp.oauth.registry import (
    ALGORITHMS,
    GRANT_TYPES,
    METHODS,
    SCOPES,
    SECRET_METHODS,
    SUGGESTED,
    Registered,
    State,
    facts,
)
from idp.oauth.uris import is_exact
from idp.seal import fingerprint

# Request objects: signed so, or "none" for unsigned ones alone (OIDC Registration §2).
OBJECT_ALGORITHMS = (*ALGORITHMS, "none")
# Ten years in seconds.
OLDEST_LOGIN = 10 * 365 * 86_400


@dataclass(frozen=True)
class Wanted:
    """What an operator asks for: the whole registration but for state and secret."""

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
    # None: decided with the scope, so a first-party client may have it, others ask for consent.
    offline_allowed: bool | None = None
    home_uri: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    assertion_alg: str | None = None
    token_url_audience: bool = False
    request_object_alg: str | None = None
    default_max_age: int | None = None
    backchannel_logout_uri: str | None = None
    resources: tuple[str, ...] = ()


FIELDS = tuple(field.name for field in fields(Wanted) if field.name != "id")


def add(core: Core, wanted: Wanted) -> tuple[Registered, str | None]:
    """Register a client; returns it and its secret, which is shown once and stored as a hash.

    Raises Refused with the first mistake.
    """
    _check(wanted)
    row = Client(
        id=wanted.id or core.chance.token(12), state=State.ACTIVE, created_at=core.clock.now()
    )
    with core.writing():
        _check_resources(core, wanted.resources)
        _fill(row, wanted)
        secret = _fit_secret(core, row)
        core.db.add(row)
        audit.note(core, "client.added", None, actor=audit.OPERATOR, client=row.id)
    return facts(row), secret


def change(core: Core, client_id: str, **values: Any) -> tuple[Registered, str | None]:
    """Change fields of `Wanted`; returns the client, and a secret if it needs one from now on.

    A key set and an address of keys replace one another. Raises Refused with the first mistake.
    """
    if {"jwks", "jwks_uri"} & set(values):
        values = {"jwks": None, "jwks_uri": None} | values
    with core.writing():
        row = find(core, client_id)
        before = Wanted(**{name: _tuple(getattr(row, name)) for name in FIELDS})
        wanted = replace(before, **values)
        if _offline_basis(wanted) != _offline_basis(before) and "offline_allowed" not in values:
            wanted = replace(wanted, offline_allowed=None)
        _check(wanted)
        _check_resources(core, wanted.resources)
        _fill(row, wanted)
        secret = _fit_secret(core, row)
        audit.note(
            core, "client.changed", None, actor=audit.OPERATOR,
            client=client_id, fields=sorted(values),
        )  # fmt: skip
    return facts(row), secret


def _fill(row: Client, wanted: Wanted) -> None:
    for name in FIELDS:
        value = getattr(wanted, name)
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    if wanted.offline_allowed is None:
        row.offline_allowed = _offline_basis(wanted)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _offline_basis(wanted: Wanted) -> bool:
    """Tell whether staff gave the scope to one of the chamber's own applications."""
    return wanted.first_party and "offline_access" in wanted.scopes


def _fit_secret(core: Core, row: Client) -> str | None:
    """Give or take the secret as the method demands; returns it when it is new."""
    if row.auth_method not in SECRET_METHODS:
        row.secret_hash = None
        return None
    return None if row.secret_hash else _new_secret(core, row)


def _new_secret(core: Core, row: Client) -> str:
    secret = core.chance.token(32)
    row.secret_hash = fingerprint(secret)
    return secret


def _check(wanted: Wanted) -> None:
    if not wanted.name.strip():
        raise Refused("client_name_missing")
    _check_addresses(wanted)
    _check_values("scope", wanted.scopes, SCOPES)
    _check_values("auth_method", (wanted.auth_method,), METHODS)
    _check_values("id_token_alg", (wanted.id_token_alg,), ALGORITHMS)
    _check_values("grant_type", wanted.grant_types, GRANT_TYPES)
    _check_keys(wanted)
    public = wanted.auth_method == "none"
    if public and not wanted.require_pkce:
        raise Refused("client_public_needs_pkce")
    if public and "client_credentials" in wanted.grant_types:
        raise Refused("client_public_has_no_credentials")
    if "authorization_code" in wanted.grant_types and not wanted.redirect_uris:
        raise Refused("client_redirect_uri_missing")
    if not 0 <= (wanted.default_max_age or 0) <= OLDEST_LOGIN:
        raise Refused("client_max_age", most=OLDEST_LOGIN)


def _check_addresses(wanted: Wanted) -> None:
    single = (wanted.home_uri, wanted.backchannel_logout_uri, wanted.jwks_uri)
    given = tuple(uri for uri in single if uri is not None)
    for uri in (*wanted.redirect_uris, *wanted.post_logout_redirect_uris, *given):
        check_uri(uri)
    # We call it ourselves, and we call https alone (`outbound.py`).
    if wanted.jwks_uri and not wanted.jwks_uri.startswith("https:"):
        raise Refused("client_uri", uri=wanted.jwks_uri)


def _check_keys(wanted: Wanted) -> None:
    """Refuse keys that cannot verify anything, and clients that need keys and have none."""
    if wanted.jwks is not None and wanted.jwks_uri is not None:
        raise Refused("client_keys_twice")
    if wanted.jwks is not None:
        client_keys.check(wanted.jwks)
    if wanted.assertion_alg is not None:
        _check_values("assertion_alg", (wanted.assertion_alg,), ALGORITHMS)
    if wanted.request_object_alg is not None:
        _check_values("request_object_alg", (wanted.request_object_alg,), OBJECT_ALGORITHMS)
    keys = wanted.jwks is not None or wanted.jwks_uri is not None
    signs = wanted.request_object_alg in ALGORITHMS or wanted.auth_method == "private_key_jwt"
    if signs and not keys:
        raise Refused("client_keys_missing")


def _check_resources(core: Core, uris: tuple[str, ...]) -> None:
    known = set(core.db.scalars(select(Resource.uri).where(Resource.uri.in_(uris))))
    for uri in uris:
        if uri not in known:
            raise Refused("resource_unknown", uri=uri)


def _check_values(what: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise Refused("client_unknown_value", what=what, value=value, known=", ".join(known))


def check_uri(uri: str) -> None:
    """Raise Refused for what is no exact https address (http on loopback)."""
    if not is_exact(uri):
        raise Refused("client_uri", uri=uri)


def everyone(core: Core) -> list[Client]:
    """Return all clients by name."""
    return list(core.db.scalars(select(Client).order_by(Client.name, Client.id)))


def find(core: Core, client_id: str) -> Client:
    """Return one client; raises Refused for an unknown one."""
    row = core.db.get(Client, client_id)
    if row is None:
        raise Refused("client_missing")
    return row


def rotate_secret(core: Core, client_id: str) -> str:
    """Give a client that has a secret a new one; raises Refused for any other.

    The old one is believed until the processes read the client anew (`registry.CACHE`).
    """
    with core.writing():
        row = find(core, client_id)
        if row.auth_method not in SECRET_METHODS:
            raise Refused("client_has_no_secret")
        secret = _new_secret(core, row)
        audit.note(core, "client.secret", None, actor=audit.OPERATOR, client=client_id)
    return secret


def set_state(core: Core, client_id: str, state: State) -> None:
    """Disable or enable a client; raises Refused for an unknown one."""
    with core.writing():
        find(core, client_id).state = state
        audit.note(core, f"client.{state}", None, actor=audit.OPERATOR, client=client_id)
