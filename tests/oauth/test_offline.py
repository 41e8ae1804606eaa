"""`offline_access` (OIDC Core §11): only with the person's word, or the staff's."""

import pytest
from flask import Flask

from tests.browser import Browser
from tests.oauth.conftest import Member
from tests.relying_party import Portal

SCOPES = ("openid", "offline_access")


@pytest.fixture
def stranger(app: Flask) -> Portal:
    return Portal.register(app, scopes=SCOPES, first_party=False)


def scope_of(portal: Portal, member: Member, browser: Browser, **asked: str) -> set[str]:
    page = portal.start(browser, **asked).send(username=member.email, password=member.password)
    tokens = portal.tokens(portal.caught(lambda: page.send(answer="allow")))
    assert ("refresh_token" in tokens) == ("offline_access" in tokens["scope"].split())
    return set(tokens["scope"].split())


def test_without_prompt_consent_it_is_ignored(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    assert scope_of(stranger, member, browser) == {"openid"}


def test_with_prompt_consent_it_is_granted(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    assert scope_of(stranger, member, browser, prompt="consent") == set(SCOPES)


def test_staff_may_allow_it_for_a_client(app: Flask, member: Member, browser: Browser) -> None:
    portal = Portal.register(app, scopes=SCOPES, first_party=False, offline_allowed=True)

    assert scope_of(portal, member, browser) == set(SCOPES)


def test_staff_may_refuse_it_for_the_chambers_own(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=SCOPES, offline_allowed=False)

    assert portal.tokens(member.sign_in(portal, browser))["scope"] == "openid"
    assert portal.answer(browser, prompt="none")["code"]


def test_what_was_allowed_is_not_asked_for_twice_without_offline(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    scope_of(stranger, member, browser, prompt="consent")

    assert stranger.answer(browser, prompt="none")["code"]
    assert "offline_access" not in stranger.tokens(stranger.answer(browser))["scope"]


def test_a_client_that_may_not_refresh_gets_no_access_beyond_the_session(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=SCOPES, grant_types=("authorization_code",))
    tokens = portal.tokens(member.sign_in(portal, browser))
    assert tokens["scope"] == "openid"

    leaving = browser.open("/logout")
    leaving.send(form=leaving.form("csrf_token"))

    assert portal.userinfo(tokens["access_token"]).status_code == 401
