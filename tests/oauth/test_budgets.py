"""Statements and commits of each hot endpoint (the promise of docs/operate.md)."""

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.counting import counting
from tests.oauth.conftest import Member, make_member
from tests.relying_party import Portal


@pytest.fixture(autouse=True)
def still(clock: MovableClock) -> None:
    """What is cached does not grow old, however busy the machine is."""
    clock.freeze()


@pytest.fixture
def warm(both_app: Flask, both_core: Core) -> tuple[Portal, Member, Browser]:
    """A portal, a member and a signed-in browser; keys and client are cached, as they would be."""
    portal = Portal.register(
        both_app,
        scopes=("openid", "profile", "offline_access"),
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
    )
    member, browser = make_member(both_core), Browser(both_app)
    portal.tokens(member.sign_in(portal, browser))
    return portal, member, browser


Warm = tuple[Portal, Member, Browser]


def test_discovery_and_jwks_touch_no_database(both_app: Flask, warm: Warm) -> None:
    client = both_app.test_client()
    with counting(both_app) as counted:
        for path in ("/.well-known/openid-configuration", "/oauth/jwks"):
            assert client.get(path, base_url=warm[0].issuer).status_code == 200

    assert counted.figures == (0, 0)


def test_client_credentials_take_one_statement(both_app: Flask, warm: Warm) -> None:
    with counting(both_app) as counted:
        assert warm[0].post({"grant_type": "client_credentials"}).status_code == 200

    assert counted.figures == (1, 0)


def test_authorize_with_a_session_stays_below_six(both_app: Flask, warm: Warm) -> None:
    portal, _, browser = warm
    with counting(both_app) as counted:
        portal.answer(browser)

    assert counted.figures <= (6, 1)


def test_the_code_exchange_stays_below_six_with_one_commit(both_app: Flask, warm: Warm) -> None:
    portal, _, browser = warm
    answer = portal.answer(browser)
    with counting(both_app) as counted:
        portal.tokens(answer)

    assert counted.figures <= (6, 1)
    assert counted.commits == 1


def test_refresh_stays_below_six_with_one_commit(both_app: Flask, warm: Warm) -> None:
    portal, _, browser = warm
    token = portal.tokens(portal.answer(browser))["refresh_token"]
    with counting(both_app) as counted:
        assert portal.refresh(token).status_code == 200

    assert len(counted.statements) <= 6
    assert counted.commits == 1


def test_userinfo_stays_below_two(both_app: Flask, warm: Warm) -> None:
    portal, _, browser = warm
    token = portal.tokens(portal.answer(browser))["access_token"]
    with counting(both_app) as counted:
        assert portal.userinfo(token).status_code == 200

    assert counted.figures <= (2, 0)


@pytest.mark.parametrize("stale", [False, True])
def test_login_in_a_used_browser_stays_below_eight(
    both_app: Flask, warm: Warm, clock: MovableClock, stale: bool
) -> None:
    portal, member, browser = warm
    if stale:
        clock.advance(hours=9)
    form = portal.start(browser, prompt="login").form("username")
    data = {**form.fields, "username": member.email, "password": member.password}
    with counting(both_app) as counted:
        response = browser.client.post(form.action, data=data, base_url=portal.issuer)

    assert response.status_code == 303
    assert len(counted.statements) <= 8, counted.statements


def test_login_stays_below_eight(both_app: Flask, warm: Warm) -> None:
    portal, member, _ = warm
    page = portal.start(Browser(both_app))
    form = page.form("username")
    data = {**form.fields, "username": member.email, "password": member.password}
    with counting(both_app) as counted:
        response = page.browser.client.post(form.action, data=data, base_url=portal.issuer)

    assert response.status_code == 303
    assert len(counted.statements) <= 8


def test_a_token_for_userinfo_asks_for_no_registered_api(both_app: Flask, warm: Warm) -> None:
    portal, _, browser = warm
    answer = portal.answer(browser)

    with counting(both_app) as counted:
        tokens = portal.tokens(answer)
    with counting(both_app) as again:
        assert portal.refresh(tokens["refresh_token"]).status_code == 200

    assert not [text for text in (*counted.statements, *again.statements) if "resource." in text]
    assert again.figures == (2, 1)
