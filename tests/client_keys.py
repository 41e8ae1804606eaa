"""A client's own keys in tests, and the assertions that they sign."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Careless(jws.JWSRegistry):
    """Signs with any header: what clients send is not always sensible."""

    def check_header(self, header: Any) -> None:
        pass


@cache
def rsa_key(bits: int = 2048) -> RSAKey:
    """Return one key a run; never the one of the house."""
    return RSAKey.import_key(rsa.generate_private_key(65537, bits))


def new_key(alg: str) -> Any:
    if alg in ("Ed25519", "EdDSA"):
        return OKPKey.generate_key("Ed25519")
    return ECKey.generate_key("P-256") if alg == "ES256" else rsa_key()


@dataclass(frozen=True)
class ClientKey:
    """A key pair with its name."""

    alg: str
    kid: str | None
    key: Any

    @classmethod
    def make(cls, alg: str = "ES256", kid: str | None = "one") -> "ClientKey":
        return cls(alg, kid, new_key(alg))

    def public(self, **more: Any) -> dict[str, Any]:
        """Return the JWK that the client shows."""
        plain = self.key.as_dict(private=False)
        plain.pop("kid", None)
        return plain | ({"kid": self.kid} if self.kid else {}) | more

    def jwks(self, *more: Mapping[str, Any]) -> dict[str, Any]:
        return {"keys": [self.public(), *more]}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return a JWT; a member of the header that is None is left out."""
        head = {"alg": self.alg, "kid": self.kid, **header}
        return jws.serialize_compact(
            {name: value for name, value in head.items() if value is not None},
            json.dumps(claims),
            self.key,
            registry=Careless(algorithms=["ES256", "RS256", "PS256", "Ed25519"]),
        )

    def assertion(self, client_id: str, issuer: str, now: float, **changed: Any) -> str:
        """Return a fresh assertion; a claim that is None is left out."""
        header = changed.pop("header", {})
        claims = {
            "iss": client_id, "sub": client_id, "aud": issuer, "iat": int(now),
            "exp": int(now) + 60, "jti": secrets.token_urlsafe(12), **changed,
        }  # fmt: skip
        return self.sign({name: v for name, v in claims.items() if v is not None}, **header)


def asserted(token: str) -> dict[str, str]:
    """Return the form fields that carry an assertion."""
    return {"client_assertion_type": TYPE, "client_assertion": token}
