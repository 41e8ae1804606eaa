"""Client assertions, `private_key_jwt` (RFC 7523 §2.2 and §3, OIDC Core §9).

Here an assertion is verified; that it counts once is for whoever lets it buy something.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from idp.core import Core
from idp.oauth.client_keys import ClientKeys
from idp.oauth.jose import Unverified, read
from idp.oauth.registry import Registered

log = logging.getLogger("idp.oauth")

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Other kinds of JWTs of a client, or of ours, are no assertions (RFC 8725 §3.11).
KINDS = ("jwt", "client-authentication+jwt")
# Seconds. Clocks differ: some run ahead of ours, and a request takes its time.
# Authlib's clients ask for an hour.
LONGEST_LIFE = 3600
AHEAD = 30
LATE = 10
LONGEST_JTI = 200
LONGEST_CLIENT_ID = 200


@dataclass(frozen=True)
class Once:
    """What must be remembered of an assertion, and until when it could come again."""

    jti: str
    ends: datetime


@dataclass(frozen=True)
class Said:
    """What a signed assertion says, and what it is compared with."""

    client: Registered
    issuer: str
    now: float
    header: dict[str, Any]
    claims: dict[str, Any]


def client_of(token: str) -> str | None:
    """Return the client that an assertion claims to come from: nothing is proven yet."""
    try:
        sub = read(token).claims.get("sub")
    except Unverified:
        return None
    if not isinstance(sub, str) or len(sub) > LONGEST_CLIENT_ID:
        return None
    # The database takes no NUL, and no half of a sign.
    return sub if sub.isascii() and sub.isprintable() else None


def checked(core: Core, keys: ClientKeys, client: Registered, token: str) -> Once | None:
    """Return what is to be remembered of a good assertion of this client; None for any other.

    It may fetch the client's keys: never within a transaction.
    """
    try:
        found = keys.verified(client, token, client.assertion_alg)
        now = core.clock.timestamp()
        said = Said(client, core.settings.issuer, now, found.header, found.claims)
        for check in CHECKS:
            if not check(said):
                raise Unverified(check.__name__.strip("_"))
    except Unverified as error:
        facts = {"client": client.id, "reason": str(error)}
        log.info("client assertion refused", extra=facts)
        return None
    return Once(said.claims["jti"], datetime.fromtimestamp(said.claims["exp"] + LATE, UTC))


def _is_an_assertion(said: Said) -> bool:
    kind = said.header.get("typ")
    return kind is None or kind.lower() in KINDS


def _is_the_clients_own(said: Said) -> bool:
    """RFC 7523 §3 (1), (2): issuer and subject are the client."""
    return said.claims.get("iss") == said.claims.get("sub") == said.client.id


def _is_meant_for_us(said: Said) -> bool:
    """RFC 7523 §3 (3): the issuer, as one text; else it could be used with two servers.

    Clients that only know the older ways may name the token endpoint, and several audiences.
    """
    audience = said.claims.get("aud")
    if not said.client.token_url_audience:
        return bool(audience == said.issuer)
    named = audience if isinstance(audience, list) else [audience]
    return said.issuer in named or f"{said.issuer}/oauth/token" in named


def _lives(said: Said) -> bool:
    """RFC 7523 §3 (4): it ends, and soon."""
    ends = said.claims.get("exp")
    return _number(ends) and said.now - LATE < ends <= said.now + LONGEST_LIFE + AHEAD


def _has_begun(said: Said) -> bool:
    """RFC 7523 §3 (5), (6): not from a future beyond what clocks differ."""
    return all(
        _number(said.claims[name]) and said.claims[name] <= said.now + AHEAD
        for name in ("nbf", "iat")
        if name in said.claims
    )


def _has_an_id(said: Said) -> bool:
    """RFC 7523 §3 (7), required as in OIDC Core §9."""
    jti = said.claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


CHECKS: tuple[Callable[[Said], bool], ...] = (
    _is_an_assertion,
    _is_the_clients_own,
    _is_meant_for_us,
    _lives,
    _has_begun,
    _has_an_id,
)
