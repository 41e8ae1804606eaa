"""Refresh tokens (OIDC Core §11 and §12): one module of the Basic plan, two clients."""

from tests.conformance import checks
from tests.conformance.checks import Json
from tests.conformance.suite import Flow, Module, word

OFFLINE = "openid offline_access"


def signed_in(module: Module, client: str, nonce: str) -> Flow:
    """Sign in with consent and return a flow that has a refresh token."""
    flow = module.flow(client, scope=OFFLINE, prompt="consent", nonce=nonce)
    assert len(flow.tokens["refresh_token"]) >= 16
    return flow


def check_refreshed(module: Module, client: str, flow: Flow, **more: str) -> Json:
    """Refresh a second later; what comes back belongs to the same sign-in."""
    module.provider.clock.advance(seconds=1)

    fresh = checks.check_tokens(module.client(client).refresh(flow.tokens["refresh_token"], **more))

    assert fresh["access_token"] != flow.tokens["access_token"]
    assert module.userinfo(fresh)["sub"] == flow.claims["sub"]
    # OIDC Core §12.2: it belongs to the same sign-in, and repeats no nonce.
    again = module.id_token(fresh, {**flow.asked, "nonce": None})
    for name in ("iss", "sub", "aud", "auth_time", "azp", "sid", "acr"):
        assert again.get(name) == flow.claims.get(name), name
    assert again["iat"] > flow.claims["iat"]
    assert set(again) == set(flow.claims) - {"nonce"}
    return fresh


def test_oidcc_refresh_token_of_two_clients(module: Module) -> None:
    assert "offline_access" in module.discovery["scopes_supported"]
    assert "refresh_token" in module.discovery["grant_types_supported"]

    first = signed_in(module, "client", word(10))
    check_refreshed(module, "client", first, scope=OFFLINE)
    second = signed_in(module, "client2", word(43, "-._~"))
    check_refreshed(module, "client2", second)

    stolen = module.client("client").refresh(second.tokens["refresh_token"], scope=OFFLINE)
    assert checks.check_token_error(stolen) == "invalid_grant"


def test_oidcc_refresh_token_shows_the_consent_page_though_consent_is_remembered(
    module: Module,
) -> None:
    signed_in(module, "client", word(10))

    page = module.runner.browser.open(
        module.authorization(module.request(scope=OFFLINE, prompt="consent", response_mode=None))
    )

    assert page.path == "/consent"
    assert "allow" in page.ids
