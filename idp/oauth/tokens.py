"""The JWTs we issue: ID and access tokens, each kind with its own `typ`, checked on entry."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from sqlalchemy import Row

from idp.core import Core
from idp.oauth import claims_request, store
from idp.oauth.claims import about
from idp.oauth.keys import ACCESS_TOKEN_ALG, ALGORITHMS, Keys
from idp.oauth.registry import Registered
from idp.oauth.rotation import ID_TOKEN_LIFE
from idp.pin.claim import describe
from idp.plugins import ClaimFacts

ACCESS = "at+jwt"
ID_TOKEN = "JWT"  # noqa: S105 - a media type
LOGOUT = "logout+jwt"
LOGOUT_LIFE = timedelta(minutes=2)
LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"
# What our own tokens never exceed; anything longer is not looked at.
LONGEST = 16_384


@dataclass(frozen=True)
class Tokens:
    """Signs and verifies with the keys of this installation."""

    core: Core
    keys: Keys

    def access(self, sub: str, client_id: str, scope: str, **more: object) -> str:
        """Return an access token (RFC 9068); `aud` is the issuer (userinfo) unless `more` says it.

        A person's token names its grant (`grant_id`).
        """
        now = int(self.core.clock.timestamp())
        claims = {
            "iss": self.core.settings.issuer,
            "sub": sub,
            "aud": self.core.settings.issuer,
            "client_id": client_id,
            "scope": scope,
            "iat": now,
            "exp": now + int(self.core.settings.tokens.access.total_seconds()),
            "jti": self.core.chance.token(12),
            **more,
        }
        return self._sign(ACCESS_TOKEN_ALG, ACCESS, claims)

    def identity(
        self, client: Registered, grant: Row[Any], access_token: str,
        said: Mapping[str, Any], nonce: str | None = None,
    ) -> str:  # fmt: skip
        """Return an ID token: the protocol's claims (OIDC Core §2), and what the sources `said`."""
        now = int(self.core.clock.timestamp())
        claims: dict[str, Any] = {
            "iss": self.core.settings.issuer,
            "sub": grant.account_id,
            "aud": client.id,
            "iat": now,
            "exp": now + int(ID_TOKEN_LIFE.total_seconds()),
            "auth_time": seconds(grant.auth_time),
            "acr": grant.acr,
            "amr": list(grant.amr),
            "sid": grant.sid,
            "at_hash": half_hash(access_token, client.id_token_alg),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        # What a source says can never stand for what the protocol says.
        return self._sign(client.id_token_alg, ID_TOKEN, {**said, **claims})

    def logout(self, client: Registered, sub: str, sid: str) -> str:
        """Return a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4); never a nonce."""
        now = int(self.core.clock.timestamp())
        claims = {
            "iss": self.core.settings.issuer,
            "sub": sub,
            "aud": client.id,
            "iat": now,
            "exp": now + int(LOGOUT_LIFE.total_seconds()),
            "jti": self.core.chance.token(12),
            "events": {LOGGED_OUT: {}},
            "sid": sid,
        }
        return self._sign(client.id_token_alg, LOGOUT, claims)

    def said(
        self, grant: Row[Any], only: tuple[str, ...], names: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return what the claim sources say for a grant: the claims of those of its scopes that
        are in `only`, and the single claims `names`.
        """
        scopes = frozenset(grant.scope.split()) & frozenset(only)
        said = about(self.core, self._facts(grant, scopes)) if scopes else {}
        missing = frozenset(names) - said.keys()
        if missing:
            more = about(self.core, self._facts(grant, claims_request.scopes_behind(missing)))
            said |= {name: value for name, value in more.items() if name in missing}
        return said

    def _facts(self, grant: Row[Any], scopes: frozenset[str]) -> ClaimFacts:
        chamber = self.core.settings.chamber.id
        living = grant.membership_id and grant.until is None and grant.status == "active"
        every: tuple[Mapping[str, object], ...] = ()
        if "businesses" in scopes:
            rows = store.memberships(self.core, grant.account_id)
            every = tuple(describe(chamber, row) for row in rows)
        return ClaimFacts(
            sub=grant.account_id,
            client_id=grant.client_id,
            scopes=scopes,
            account={
                **grant.account_claims,
                "email": grant.email,
                "email_verified": grant.email_verified_at is not None,
                "given_name": grant.given_name,
                "family_name": grant.family_name,
                "locale": grant.locale,
                "updated_at": seconds(grant.updated_at),
            },
            business=describe(chamber, grant) if living else None,
            businesses=every,
        )

    def _sign(self, alg: str, kind: str, claims: dict[str, Any]) -> str:
        signer = self.keys.signer(alg)
        return jwt.encode({"alg": alg, "typ": kind, "kid": signer.kid}, claims, signer.key, [alg])

    def verified(self, token: str, kind: str, *, expired: bool = False) -> dict[str, Any] | None:
        """Return the claims of a token of ours of this kind; None for anything else.

        `expired` accepts tokens past their `exp`, and of retired keys (hints only).
        """
        if len(token) > LONGEST or not token.isascii():
            return None
        try:
            keys = self.keys.snapshot()
            trusted = keys.public if expired else keys.published
            found = jwt.decode(token, trusted, list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        claims = found.claims
        if found.header.get("typ") != kind or claims.get("iss") != self.core.settings.issuer:
            return None
        alive = isinstance(claims.get("exp"), int) and claims["exp"] > self.core.clock.timestamp()
        return dict(claims) if alive or expired else None


def seconds(moment: datetime) -> int:
    """Return whole epoch seconds."""
    return int(moment.timestamp())


def half_hash(access_token: str, alg: str) -> str:
    """Return `at_hash` (OIDC Core §3.1.3.6): half of the hash that the signature is made with."""
    name = "sha512" if alg == "Ed25519" else "sha256"
    digest = hashlib.new(name, access_token.encode()).digest()
    digest = digest[: len(digest) // 2]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
