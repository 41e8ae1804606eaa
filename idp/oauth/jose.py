"""JWTs that others have signed, and the public keys to verify them (RFC 7515, 7517, 7518, 8037).

joserfc computes; what no stranger needs is refused before it gets there.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import base64_to_int

from idp.oauth.registry import ALGORITHMS

LONGEST = 16_384
# One signature under two names (RFC 9864); we speak of it by the newer one.
OLD_NAMES = {"EdDSA": "Ed25519"}
# Any other member brings a key along (jwk, jku, x5c, x5u) or changes the rules (crit, b64).
HEADER = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# Beyond this a signature is no safer, but dear to verify.
RSA_BITS = range(2048, 8193)


class Unverified(Exception):
    """A JWT that proves nothing; why is for the log alone."""


class _Registry(jws.JWSRegistry):
    """What joserfc may do for us: our algorithms, and headers with a certificate's digest."""

    max_header_length = 2048

    def get_alg(self, name: str) -> Any:
        return super().get_alg(OLD_NAMES.get(name, name))


REGISTRY = _Registry(algorithms=ALGORITHMS)


@dataclass(frozen=True)
class Shown:
    """A JWT as it was shown: nothing that it says is proven."""

    header: Mapping[str, str]
    claims: dict[str, Any]
    signed: jws.CompactSignature

    @property
    def alg(self) -> str:
        """Return the algorithm by the name that we know it by."""
        return OLD_NAMES.get(self.header["alg"], self.header["alg"])

    @property
    def kid(self) -> str | None:
        """Return which key it names."""
        return self.header.get("kid")


def read(token: str) -> Shown:
    """Take a JWT apart; raises Unverified for what is none, or is one with odd headers."""
    if len(token) > LONGEST:
        raise Unverified("too long")
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=REGISTRY)
        claims = json.loads(signed.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unverified("no JWT") from error
    header: Any = signed.headers()
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Unverified("no JWT")
    if not header.keys() <= HEADER or not all(isinstance(value, str) for value in header.values()):
        raise Unverified("odd header")
    return Shown(header, claims, signed)


@dataclass(frozen=True)
class PublicKey:
    """A key of somebody else, and what it may verify."""

    kid: str | None
    algs: frozenset[str]
    key: RSAKey | ECKey | OKPKey

    def fits(self, shown: Shown) -> bool:
        """Tell whether a JWT may have been signed with it: a key without name fits any name."""
        named = shown.kid is None or self.kid in (None, shown.kid)
        return named and shown.alg in self.algs

    def verifies(self, shown: Shown) -> bool:
        """Tell whether a JWT was signed with it."""
        return jws.validate_compact(shown.signed, self.key, registry=REGISTRY)


def public_keys(document: object) -> tuple[PublicKey, ...] | None:
    """Return the usable keys of a JWK set; None for what is no set.

    Keys of unknown kinds, for encryption or with private parts are passed over (RFC 7517 §5).
    """
    members = _members(document)
    if members is None:
        return None
    return tuple(key for member in members if (key := _public_key(member)))


def holds_secret(document: object) -> bool:
    """Tell whether a JWK set holds what nobody but its owner may have."""
    members: Iterable[Any] = _members(document) or ()
    return any(isinstance(member, dict) and _secret(member) for member in members)


def _members(document: object) -> list[Any] | None:
    members = document.get("keys") if isinstance(document, Mapping) else None
    return members if isinstance(members, list) else None


def _secret(member: Mapping[str, Any]) -> bool:
    return not PRIVATE.isdisjoint(member) or member.get("kty") == "oct"


def _public_key(member: object) -> PublicKey | None:
    if not isinstance(member, dict) or _secret(member) or not _for_signatures(member):
        return None
    kid, alg = member.get("kid"), member.get("alg")
    make = _KINDS.get((str(member.get("kty")), str(member.get("crv", ""))))
    if make is None or not isinstance(kid, str | None):
        return None
    try:
        key, algs = make(member)
    except (JoseError, ValueError, TypeError, KeyError):
        # joserfc lets what the parsers below it raise for malformed members pass.
        return None
    wanted = algs if alg is None else algs & {OLD_NAMES.get(str(alg), str(alg))}
    return PublicKey(kid, wanted, key) if wanted else None


def _for_signatures(member: Mapping[str, Any]) -> bool:
    use, operations = member.get("use", "sig"), member.get("key_ops", ["verify"])
    return use == "sig" and isinstance(operations, list) and "verify" in operations


def _rsa(member: Mapping[str, Any]) -> tuple[RSAKey, frozenset[str]]:
    if base64_to_int(member["n"]).bit_length() not in RSA_BITS:
        raise ValueError("RSA key of an odd size")
    return RSAKey.import_key(_only(member, "n", "e")), frozenset({"RS256", "PS256"})


def _p256(member: Mapping[str, Any]) -> tuple[ECKey, frozenset[str]]:
    return ECKey.import_key(_only(member, "crv", "x", "y")), frozenset({"ES256"})


def _ed25519(member: Mapping[str, Any]) -> tuple[OKPKey, frozenset[str]]:
    return OKPKey.import_key(_only(member, "crv", "x")), frozenset({"Ed25519"})


def _only(member: Mapping[str, Any], *names: str) -> dict[str, str | list[str]]:
    return {name: member[name] for name in ("kty", *names)}


Maker = Callable[[Mapping[str, Any]], tuple[RSAKey | ECKey | OKPKey, frozenset[str]]]
_KINDS: Mapping[tuple[str, str], Maker] = {
    ("RSA", ""): _rsa,
    ("EC", "P-256"): _p256,
    ("OKP", "Ed25519"): _ed25519,
}
