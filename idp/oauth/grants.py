"""The three grants of the token endpoint on Authlib's classes.

Each one spends and writes in `validate_token_request`, inside one transaction that the endpoint
opens (Authlib's own order issues first and marks as used later, which double-spends under
threads); signing comes after the commit.
"""

from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
    grants,
)
from sqlalchemy import Row

from idp.accounts import grants as stored
from idp.core import Core
from idp.oauth import audience, claims_request, store
from idp.oauth.parameters import UnregisteredAddress
from idp.oauth.registry import Registered
from idp.oauth.resources import Resources
from idp.oauth.tokens import Tokens


class ReplayedError(InvalidGrantError):  # type: ignore[misc]
    """A code or refresh token came twice: its grant is to be revoked."""

    def __init__(self, grant_id: str) -> None:
        super().__init__("The grant is used up, over or unknown")
        self.grant_id = grant_id


def dead() -> InvalidGrantError:
    """Return the one answer for all that opens nothing."""
    return InvalidGrantError("The grant is used up, over or unknown")


class Redeemed:
    """A code as Authlib's class wants to see it."""

    def __init__(self, spent: store.Spent) -> None:
        self.code_challenge = spent.challenge
        self.code_challenge_method = "S256"
        self.grant_id = spent.grant_id
        self._redirect_uri = spent.redirect_uri

    def get_redirect_uri(self) -> str:
        """Return the address the code was sent to."""
        return self._redirect_uri


class Issuing:
    """What both grants for a person share: load the living grant, answer with tokens."""

    core: Core
    tokens: Tokens
    writes = True
    request: Any
    granted: Row[Any]
    resources: Resources
    scope: str
    audience: str
    refresh_token: str | None = None
    # Only the first ID token repeats the request's nonce (OIDC Core §12.2).
    nonce: str | None = None

    def load(self, grant_id: str, client: Registered) -> None:
        """Find the living grant of this client and keep it so; raises InvalidGrantError."""
        granted = store.granted(self.core, grant_id, lock=True)
        if granted is None or granted.client_id != client.id:
            raise dead()
        if granted.must_change:
            # Nothing is spent: it is good again as soon as the person has chosen.
            raise InvalidGrantError("A new password is due at the next sign-in")
        # What staff took from the client since is gone.
        self.granted, self.scope = granted, client.get_allowed_scope(granted.scope)
        if not self.scope:
            raise dead()
        named, issuer = self.request.payload.data.get("resource"), self.core.settings.issuer
        self.audience = audience.chosen(named, granted.resources, client, issuer)

    def add_refresh(self) -> None:
        """Write a new refresh token; it idles for `refresh_idle`, never beyond its grant."""
        self.refresh_token = self.core.chance.token()
        idle = self.core.clock.now() + self.core.settings.tokens.refresh_idle
        ends = min(idle, self.granted.ends_at)
        store.add_refresh(self.core, self.refresh_token, self.granted.id, ends)

    def answer(self) -> dict[str, Any]:
        """Sign and return the token response (RFC 6749 §5.1, OIDC Core §3.1.3.3)."""
        client, granted = self.request.client, self.granted
        access = self.tokens.access(
            granted.account_id, client.id, self.scope,
            grant_id=granted.id, aud=self.audience, **self._said(),
        )  # fmt: skip
        life = self.core.settings.tokens.access
        body = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(life.total_seconds()),
            "scope": self.scope,
        }
        if self.refresh_token:
            body["refresh_token"] = self.refresh_token
        if "openid" in self.scope.split():
            names = claims_request.names(granted.claims, "id_token", client.scopes)
            said = self.tokens.said(granted, self._business(), names)
            body["id_token"] = self.tokens.identity(client, granted, access, said, self.nonce)
        return body

    def _said(self) -> dict[str, Any]:
        """Return the `business` claim for an API that may see it."""
        if self.audience == self.core.settings.issuer:
            return {}
        api = self.resources.find(self.audience)
        if api is None or not api.business:
            return {}
        return self.tokens.said(self.granted, self._business())

    def _business(self) -> tuple[str, ...]:
        """Return the scope `business` if these tokens have it: a refresh may ask for less."""
        return ("business",) if "business" in self.scope.split() else ()


class AuthorizationCode(Issuing, grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """RFC 6749 §4.1 and OIDC Core §3.1."""

    def validate_authorization_redirect_uri(self, request: Any, client: Registered) -> str:
        """Accept a byte-equal registered address; no default, and none repeated in an error."""
        uri: str | None = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise UnregisteredAddress("redirect_uri is not registered")
        return uri

    def query_authorization_code(self, code: str, client: Registered) -> Redeemed:
        """Spend the code and load its grant, in the endpoint's transaction.

        Raises ReplayedError for a used one (RFC 6749 §4.1.2), else as `load`.
        """
        spent = store.spend_code(self.core, code)
        if spent is None:
            replayed = store.used_code(self.core, code, client.id)
            raise ReplayedError(replayed) if replayed else dead()
        self.load(spent.grant_id, client)
        self.nonce = self.granted.nonce
        if "offline_access" in self.scope.split() and client.check_grant_type("refresh_token"):
            self.add_refresh()
        return Redeemed(spent)

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Answer with tokens."""
        return 200, self.answer(), ()


class Refresh(Issuing, grants.RefreshTokenGrant):  # type: ignore[misc]
    """RFC 6749 §6: rotated for public clients (RFC 9700 §4.14.2), kept for confidential ones."""

    def validate_token_request(self) -> None:
        """Authenticate, spend or prolong the token, load its grant, narrow the scope.

        Raises UnauthorizedClientError, InvalidRequestError, InvalidScopeError, ReplayedError when
        a rotated token comes again (RFC 9700 §4.14.2), else as `load`.
        """
        client = self.authenticate_token_endpoint_client()
        self.request.client = client
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client may not refresh")
        token = self.request.form.get("refresh_token")
        if not token:
            raise InvalidRequestError("Missing refresh_token")
        self.load(self._spend(token, client), client)
        if self.granted.membership_id and self._business_ended():
            raise dead()
        if "offline_access" not in self.scope.split():
            raise InvalidGrantError("The client may not have offline_access any more")
        self.scope = self._narrowed()
        if client.public:
            self.add_refresh()

    def _spend(self, token: str, client: Registered) -> str:
        core = self.core
        if client.public:
            grant_id = store.spend_refresh(core, token)
        else:
            ends = core.clock.now() + core.settings.tokens.refresh_idle
            grant_id = store.prolong_refresh(core, token, ends)
        if grant_id is None:
            replayed = store.used_refresh(core, token, client.id)
            raise ReplayedError(replayed) if replayed else dead()
        return grant_id

    def _business_ended(self) -> bool:
        return self.granted.until is not None or self.granted.status != "active"

    def _narrowed(self) -> str:
        asked: str | None = self.request.payload.scope
        original = self.scope
        if not asked or not asked.split():
            return original
        if not set(asked.split()) <= set(original.split()):
            raise InvalidScopeError("More was asked than granted")
        return " ".join(scope for scope in original.split() if scope in asked.split())

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Answer with tokens."""
        return 200, self.answer(), ()


class ClientCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """RFC 6749 §4.4: a token for the application itself; nothing is stored for it."""

    core: Core
    tokens: Tokens
    resources: Resources
    audience: str
    writes = False

    def validate_token_request(self) -> None:
        """Authenticate; the one statement asks whether the client is still active."""
        client = self.authenticate_token_endpoint_client()
        self.request.client = client
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client may not use client credentials")
        if not store.client_is_active(self.core, client.id):
            raise UnauthorizedClientError("The client is disabled")
        named, issuer = self.request.payload.data.get("resource"), self.core.settings.issuer
        self.audience = audience.chosen(named, client.resources if named else (), client, issuer)

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Answer with an access token; the scopes of people mean nothing here."""
        client, core = self.request.client, self.core
        asked = client.get_allowed_scope(self.request.payload.scope)
        scope = " ".join(s for s in asked.split() if s not in ("openid", "offline_access"))
        body: dict[str, Any] = {
            "access_token": self.tokens.access(client.id, client.id, scope, aud=self.audience),
            "token_type": "Bearer",
            "expires_in": int(core.settings.tokens.access.total_seconds()),
        }
        if scope:
            body["scope"] = scope
        return 200, body, ()


def revoke(core: Core, grant_id: str) -> None:
    """End a grant whose code or refresh token was stolen."""
    with core.writing():
        stored.revoke(core, stored.Grant.id == grant_id)
