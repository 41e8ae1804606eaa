"""The Back-Channel Logout plan: the suite is told with a signed token, once, over TLS 1.3."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from idp.web.house import NAME
from idp.worker import logouts
from tests.browser import Left
from tests.conformance import checks, module_of
from tests.conformance.suite import ALIAS, ISSUER, Module, Provider, long_state, provider, word
from tests.conftest import MovableClock
from tests.relying_party import answered
from tests.told import Told, calling, listening

EVENT = "http://schemas.openid.net/event/backchannel-logout"
DAY = 86_400


@pytest.fixture(scope="module")
def scene(
    database: str, suite_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Provider, Told]]:
    """An installation whose suite is a server on this machine."""
    folder = tmp_path_factory.mktemp("provider")
    calls = calling(folder)
    with ExitStack() as stack:
        told = stack.enter_context(listening(folder))
        suite = f"https://localhost:{told.port}"
        yield stack.enter_context(provider(folder, suite_clock, database, suite, **calls)), told


@pytest.fixture
def module(request: pytest.FixtureRequest, scene: tuple[Provider, Told]) -> Module:
    return Module(scene[0], module_of(request.function.__name__), alias=f"{ALIAS}-bcl")


@pytest.fixture
def told(scene: tuple[Provider, Told]) -> Told:
    """What the suite's server has heard."""
    return scene[1]


def test_oidcc_backchannel_logout_discovery_endpoint_verification(module: Module) -> None:
    assert module.discovery["backchannel_logout_supported"] is True
    assert module.discovery["backchannel_logout_session_supported"] is True
    assert module.discovery["end_session_endpoint"].startswith("https://")


def deliver(module: Module) -> int:
    """Do what the worker does."""
    app = module.provider.app
    with app.app_context():
        return int(logouts.once(app.extensions[NAME].core))


def test_oidcc_backchannel_rp_initiated_logout_tells_leads_back_and_has_ended(
    module: Module, told: Told
) -> None:
    flow = module.flow()
    after, state = module.client().client.post_logout_redirect_uris[0], word(90)
    path = module.path(module.discovery["end_session_endpoint"])
    hint = flow.tokens["id_token"]

    end = module.runner.play(
        f"{path}?id_token_hint={hint}&post_logout_redirect_uri={after}&state={state}"
    )
    assert [deliver(module), deliver(module)] == [1, 0]

    assert end.partition("?")[0] == after
    assert answered(Left(end)).parameters == {"state": state}
    (form,), (head,) = told.forms, told.heads
    assert list(form) == ["logout_token"]
    assert head["path"] == f"/test/a/{ALIAS}-bcl/backchannel_logout"
    assert told.versions == ["TLSv1.3"]
    check_logout_token(module, form["logout_token"][0], flow.claims)
    error = module.error(module.request(prompt="none", state=long_state()))
    assert error in checks.NEEDS_A_PAGE


def check_logout_token(module: Module, token: str, identity: checks.Json) -> None:
    """OpenID Connect Back-Channel Logout 1.0 §2.4, and the session is the ID token's."""
    claims, now = (
        checks.verified(token, module.discovery["jwks"]),
        module.provider.clock.timestamp(),
    )
    assert claims["iss"] == ISSUER
    assert claims["aud"] == module.client().client.id
    assert now - DAY < claims["iat"] <= now
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert (claims["sub"], claims["sid"]) == (identity["sub"], identity["sid"])
    assert "nonce" not in claims
