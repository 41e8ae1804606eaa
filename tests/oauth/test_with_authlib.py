"""Authlib's client, as an application would use it, against a provider that listens."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MissingCodeException
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.client_keys import ClientKey
from tests.conftest import MovableClock
from tests.oauth.live import SCOPES, Live, live
from tests.relying_party import Portal

__all__ = ["live"]

SECRET = ("client_secret_basic", "client_secret_post")


class Assertion(PrivateKeyJWT):  # type: ignore[misc]
    """Signs for a minute: Authlib's own hour is longer than what is taken (docs/integrate.md).

    With claims of one's own it would sign the same `jti` again and again, so they are made anew.
    """

    def sign(self, auth: Any, token_endpoint: str) -> str:
        self.claims = {"exp": int(time.time()) + 60}
        return str(super().sign(auth, token_endpoint))


@dataclass
class Application:
    """An application on Authlib."""

    live: Live
    portal: Portal
    session: OAuth2Session
    said: dict[str, Any]

    @classmethod
    @contextmanager
    def of(
        cls, live: Live, method: str, audience: str | None = None, **wanted: Any
    ) -> Iterator["Application"]:
        """Register with a method; an assertion is meant for the token endpoint, if not said."""
        key = ClientKey.make("ES256") if method == "private_key_jwt" else None
        if key:
            wanted["token_url_audience"] = audience is None
        portal = live.register(auth_method=method, key=key, **wanted)
        with OAuth2Session(
            portal.client.id,
            key.key if key else portal.secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            scope=" ".join(SCOPES),
            redirect_uri=live.redirect_uri,
            code_challenge_method="S256",
            default_timeout=10,
        ) as session:
            session.trust_env = False
            url = f"{live.issuer}/.well-known/openid-configuration"
            said = session.get(url, withhold_token=True).json()
            if key:
                # By default it names the endpoint that it calls.
                session.register_client_auth_method(Assertion(audience or said["token_endpoint"],
                                                              alg="ES256"))  # fmt: skip
            yield cls(live, portal, session, said)

    def sign_in(self, **more: str) -> dict[str, Any]:
        """Go the whole way with PKCE, state and nonce; returns the ID token's claims."""
        verifier, nonce = generate_token(64), generate_token(20)
        url, state = self.session.create_authorization_url(
            self.said["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **more
        )
        answer = self.live.go(url)
        # RFC 9207: it was this provider that answered.
        assert answer["iss"] == self.said["issuer"]
        self.session.fetch_token(
            self.said["token_endpoint"],
            authorization_response=f"{self.live.redirect_uri}?{urlencode(answer.parameters)}",
            code_verifier=verifier,
            state=state,
        )
        return self.identity(nonce)

    def identity(self, nonce: str | None) -> dict[str, Any]:
        """Verify the ID token with the published keys, as Authlib does; a refresh has no nonce."""
        keys = KeySet.import_key_set(self.session.get(self.said["jwks_uri"]).json())
        algorithms = self.said["id_token_signing_alg_values_supported"]
        token = jwt.decode(self.session.token["id_token"], keys, algorithms)
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.said["issuer"]},
            aud={"essential": True, "value": self.portal.client.id},
            **({"nonce": {"essential": True, "value": nonce}} if nonce else {}),
            sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
        ).validate(token.claims)  # fmt: skip
        facts = {
            "nonce": nonce,
            "client_id": self.portal.client.id,
            "access_token": self.session.token["access_token"],
        }
        CodeIDToken(token.claims, token.header, {}, facts).validate()
        return dict(token.claims)

    def userinfo(self) -> dict[str, Any]:
        answer = self.session.get(self.said["userinfo_endpoint"])
        assert answer.status_code == 200
        return dict(answer.json())


METHODS = [
    ("client_secret_basic", None),
    ("client_secret_post", None),
    ("private_key_jwt", None),
    ("private_key_jwt", "issuer"),
]


@pytest.mark.parametrize(("method", "audience"), METHODS)
def test_authlib_signs_in_refreshes_asks_and_revokes(
    live: Live, method: str, audience: str | None
) -> None:
    meant = live.issuer if audience else None
    with Application.of(live, method, meant) as application:
        claims = application.sign_in(prompt="consent")

        said = application.userinfo()
        assert said["sub"] == claims["sub"] == live.member.id
        assert said["email"] == live.member.email
        check_refreshed(application, claims)
        check_asked_and_revoked(application)


def check_refreshed(application: Application, claims: dict[str, Any]) -> None:
    session = application.session
    old = session.token["access_token"]

    session.refresh_token(application.said["token_endpoint"])

    assert session.token["access_token"] != old
    again = application.identity(None)
    assert (again["sub"], again["auth_time"]) == (claims["sub"], claims["auth_time"])
    assert application.userinfo()["sub"] == claims["sub"]


def check_asked_and_revoked(application: Application) -> None:
    session, said = application.session, application.said
    token = dict(session.token)

    asked = session.introspect_token(said["introspection_endpoint"], token=token["access_token"])
    assert asked.json()["active"] is True
    assert asked.json()["client_id"] == application.portal.client.id
    gone = session.revoke_token(said["revocation_endpoint"], token=token["refresh_token"])
    assert gone.status_code == 200

    asked = session.introspect_token(said["introspection_endpoint"], token=token["access_token"])
    assert asked.json() == {"active": False}
    assert session.get(said["userinfo_endpoint"]).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(said["token_endpoint"], refresh_token=token["refresh_token"])


def test_authlib_as_a_public_client_gets_a_new_refresh_token_each_time(live: Live) -> None:
    with Application.of(live, "none") as application:
        claims = application.sign_in(prompt="consent")
        first = application.session.token["refresh_token"]

        check_refreshed(application, claims)

        assert application.session.token["refresh_token"] != first
        with pytest.raises(OAuthError, match="invalid_grant"):
            application.session.refresh_token(
                application.said["token_endpoint"], refresh_token=first
            )


def test_authlib_renews_by_itself_what_has_ended(live: Live, clock: MovableClock) -> None:
    with Application.of(live, "client_secret_basic") as application:
        claims = application.sign_in(prompt="consent")
        application.session.metadata["token_endpoint"] = application.said["token_endpoint"]
        old = application.session.token["access_token"]
        clock.advance(hours=1)

        assert application.userinfo()["sub"] == claims["sub"]

        assert application.session.token["access_token"] != old


@pytest.mark.parametrize("method", [*SECRET, "private_key_jwt"])
def test_authlib_gets_a_token_for_the_application_itself(live: Live, method: str) -> None:
    robot = {"grant_types": ("client_credentials",), "redirect_uris": ()}
    with Application.of(live, method, **robot) as application:
        session, said = application.session, application.said

        token = session.fetch_token(said["token_endpoint"], grant_type="client_credentials")

        asked = session.introspect_token(said["introspection_endpoint"])
        assert token["expires_in"] > 0
        assert "refresh_token" not in token
        assert (asked.json()["active"], asked.json()["sub"]) == (True, application.portal.client.id)


def test_authlib_is_told_that_somebody_must_sign_in(live: Live) -> None:
    with Application.of(live, "client_secret_basic") as application:
        url, state = application.session.create_authorization_url(
            application.said["authorization_endpoint"], prompt="none", code_verifier="v" * 43
        )

        answer = live.go(url)

        back = f"{live.redirect_uri}?{urlencode(answer.parameters)}"
        assert (answer["error"], answer["state"]) == ("login_required", state)
        with pytest.raises(MissingCodeException):
            application.session.fetch_token(authorization_response=f"{back}&code=", state=state)
