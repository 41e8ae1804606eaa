"""idpyoidc's relying party, a library of another make, against a provider that listens."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptojwt.key_jar import KeyJar, init_key_jar
from idpyoidc.client.rp_handler import RPHandler

from tests.oauth.live import SCOPES, Live, live
from tests.relying_party import Portal

__all__ = ["live"]

OIDC, OAUTH = "idpyoidc.client.oidc", "idpyoidc.client.oauth2"
SERVICES = {
    "discovery": {"class": f"{OIDC}.provider_info_discovery.ProviderInfoDiscovery"},
    "authorization": {"class": f"{OIDC}.authorization.Authorization"},
    "access_token": {"class": f"{OIDC}.access_token.AccessToken"},
    "refresh_token": {"class": f"{OIDC}.refresh_access_token.RefreshAccessToken"},
    "userinfo": {"class": f"{OIDC}.userinfo.UserInfo"},
    "end_session": {"class": f"{OIDC}.end_session.EndSession"},
}
PKCE = {
    "function": f"{OAUTH}.add_on.pkce.add_support",
    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
}
KEYS = [{"type": "EC", "crv": "P-256", "use": ["sig"]}, {"type": "RSA", "use": ["sig"]}]


@dataclass
class Application:
    """An application on idpyoidc, registered with the provider beforehand."""

    live: Live
    method: str
    alg: str = "ES256"
    scope: tuple[str, ...] = SCOPES
    keys: KeyJar = field(default_factory=lambda: init_key_jar(key_defs=KEYS, issuer_id=""))
    portal: Portal = field(init=False)
    rp: RPHandler = field(init=False)

    def __post_init__(self) -> None:
        signs = self.method == "private_key_jwt"
        # It names the token endpoint as the audience of its assertions.
        more = {"jwks": self.keys.export_jwks(), "token_url_audience": True} if signs else {}
        self.portal = self.live.register(auth_method=self.method, id_token_alg=self.alg, **more)
        configured = {self.live.issuer: self.configuration()}
        self.rp = RPHandler(self.live.callback.url, client_configs=configured, keyjar=self.keys)

    def configuration(self) -> dict[str, Any]:
        secret = {"client_secret": self.portal.secret} if self.portal.secret else {}
        return {
            "client_type": "oidc",
            "issuer": self.live.issuer,
            "client_id": self.portal.client.id,
            **secret,
            "redirect_uris": [self.live.redirect_uri],
            "post_logout_redirect_uris": [self.live.after],
            "response_types_supported": ["code"],
            "scopes_supported": list(self.scope),
            "token_endpoint_auth_methods_supported": [self.method],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "client_authn_methods": [self.method],
            "id_token_signing_alg_values_supported": [self.alg],
            "add_ons": {"pkce": PKCE},
            "services": SERVICES,
        }

    def sign_in(self, **more: str) -> dict[str, Any]:
        """Discover, ask, come back, get tokens and claims, all checked by the library."""
        url = self.rp.begin(self.live.issuer, req_args={"scope": list(self.scope), **more})
        answer = self.live.go(url)
        return dict(self.rp.finalize(self.live.issuer, answer.parameters))


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_idpyoidc_signs_in_refreshes_and_signs_out(live: Live, method: str) -> None:
    application = Application(live, method)

    result = application.sign_in(prompt="consent")
    assert "error" not in result
    assert result["issuer"] == live.issuer
    assert result["id_token"]["sub"] == result["userinfo"]["sub"] == live.member.id
    assert result["userinfo"]["email"] == live.member.email

    check_refreshed(application, result)
    check_signed_out(application, result["state"])


def check_refreshed(application: Application, result: dict[str, Any]) -> None:
    fresh = application.rp.refresh_access_token(result["state"])

    assert fresh["access_token"] != result["token"]
    # Verified by the library, against the first one.
    assert fresh["__verified_id_token"]["sub"] == result["id_token"]["sub"]
    assert application.rp.get_user_info(result["state"])["sub"] == result["id_token"]["sub"]


def check_signed_out(application: Application, state: str) -> None:
    visitor = application.live.visitor

    visitor.open(application.rp.close(state)["url"])

    assert visitor.url.startswith(f"{application.live.after}?state=")
    again = application.sign_in(prompt="none")
    assert again["error"] == "login_required"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_idpyoidc_verifies_id_tokens_of_every_algorithm_that_it_knows(live: Live, alg: str) -> None:
    application = Application(live, "client_secret_basic", alg, ("openid", "email"))

    result = application.sign_in()

    assert result["id_token"].jws_header["alg"] == alg
    assert result["id_token"]["sub"] == live.member.id
