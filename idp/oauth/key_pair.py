"""One signing key: making it, sealing it for its row, its two parts (RFC 7517, RFC 7518 §6)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from idp.core import Core
from idp.oauth.models import SigningKey

JWK = Mapping[str, Any]

# Members by RFC 7518 §6 and RFC 8037 §2; what is not named here stays private.
PUBLIC = ("kty", "crv", "x", "y", "n", "e")
MAKERS: Mapping[str, Callable[[], Any]] = {
    "RS256": lambda: RSAKey.generate_key(3072),
    "ES256": lambda: ECKey.generate_key("P-256"),
    # A key serves one algorithm (RFC 8725 §3.1), so this RSA key is another one.
    "PS256": lambda: RSAKey.generate_key(3072),
    # The name of RFC 9864; "EdDSA" would leave the curve open.
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
}


class KeyState(StrEnum):
    """The life of a key: published, then signing, then verifying alone."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class KeyPair:
    """A key out of its seal; parsed when first used, for an RSA key takes a while to check."""

    kid: str
    alg: str
    jwk: JWK = field(repr=False)

    @property
    def published(self) -> dict[str, Any]:
        """The public part as the world sees it: one use, one algorithm."""
        return {**public(self.jwk), "kid": self.kid, "use": "sig", "alg": self.alg}

    @cached_property
    def verifier(self) -> Any:
        """The public part alone: what verifies must not be able to sign."""
        return JWKRegistry.import_key(self.published)

    @cached_property
    def key(self) -> Any:
        """The whole key, which signs."""
        return JWKRegistry.import_key(dict(self.jwk))


def draw(core: Core, alg: str, state: KeyState) -> SigningKey:
    """Return a new key, sealed and not stored yet; an RSA key takes a tenth of a second or more."""
    kid = core.chance.token(9)
    return SigningKey(
        kid=kid,
        alg=alg,
        state=state,
        private=sealed(core, kid, MAKERS[alg]().as_dict(private=True)),
        created_at=core.clock.now(),
    )


def sealed(core: Core, kid: str, jwk: JWK) -> str:
    """Return a JWK as it is stored: encrypted, for this row alone."""
    return core.vault.seal(_place(kid), json.dumps(dict(jwk)).encode())


def opened(core: Core, kid: str, stored: str) -> JWK:
    """Return what `sealed` stored; raises SealBroken when it belongs to another row."""
    jwk: JWK = json.loads(core.vault.open(_place(kid), stored))
    return jwk


def public(jwk: JWK) -> dict[str, Any]:
    """Return the public part of a key."""
    return {name: jwk[name] for name in PUBLIC if name in jwk}


def _place(kid: str) -> str:
    return f"signing_key:{kid}"
