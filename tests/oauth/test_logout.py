"""RP-initiated logout and our own button (OpenID Connect RP-Initiated Logout 1.0)."""

from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser, Left, Page
from tests.conftest import MovableClock
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client
from tests.relying_party import AFTER, Portal


@pytest.fixture
def tokens(portal: Portal, member: Member, browser: Browser) -> dict[str, Any]:
    return portal.tokens(member.sign_in(portal, browser))


def leave(browser: Browser, **parameters: str) -> Page:
    return browser.open("/oauth/logout?" + urlencode(parameters))


def signed_in(portal: Portal, browser: Browser) -> bool:
    return "code" in portal.answer(browser, prompt="none").parameters


def test_our_own_hint_signs_out_at_once_and_leads_back(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    with pytest.raises(Left) as left:
        leave(
            browser,
            id_token_hint=tokens["id_token"],
            post_logout_redirect_uri=AFTER,
            state="a b&c",
        )

    assert left.value.location == f"{AFTER}?state=a+b%26c"
    assert not signed_in(portal, browser)


def test_an_expired_hint_is_fine(
    portal: Portal, tokens: dict[str, Any], browser: Browser, clock: MovableClock
) -> None:
    clock.advance(minutes=20)

    assert leave(browser, id_token_hint=tokens["id_token"]).path == "/oauth/logout"
    assert not signed_in(portal, browser)


def test_without_a_hint_the_person_is_asked(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    page = leave(browser, client_id=portal.client.id, post_logout_redirect_uri=AFTER, state="s")

    assert "confirm" in page.ids
    assert signed_in(portal, browser)
    with pytest.raises(Left) as left:
        page.send(form=page.form("client_id"))
    assert left.value.location == f"{AFTER}?state=s"
    assert not signed_in(portal, browser)


def test_the_hint_of_another_session_asks(
    core: Core, portal: Portal, tokens: dict[str, Any], browser: Browser, app: Flask
) -> None:
    other = Browser(app)
    make_member(core, "otto@example.test").sign_in(portal, other)

    page = leave(other, id_token_hint=tokens["id_token"])

    assert "confirm" in page.ids
    assert signed_in(portal, other)


@pytest.mark.parametrize(
    "parameters",
    [
        {"id_token_hint": "nonsense"},
        {"id_token_hint": "é\x00"},
        {"id_token_hint": "x" * 3000},
        {"post_logout_redirect_uri": AFTER},
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"client_id": "unknown", "post_logout_redirect_uri": AFTER},
    ],
)
def test_anything_wrong_shows_an_error_and_leads_nowhere(
    portal: Portal, tokens: dict[str, Any], browser: Browser, parameters: dict[str, str]
) -> None:
    page = leave(browser, **parameters)

    assert page.status == 400
    assert page.error_code
    assert signed_in(portal, browser)


def test_our_own_page_leads_nowhere_else_either(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    for more in ({}, {"client_id": portal.client.id}):
        uri = {"post_logout_redirect_uri": "https://evil.example/", **more}
        page = browser.open("/logout?" + urlencode(uri))
        assert (page.status, page.error_code) == (400, "redirect_uri_unregistered")
    assert signed_in(portal, browser)


def test_a_registered_client_cannot_lead_elsewhere(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    for uri in (AFTER + "/", AFTER + "?x", "https://evil.example/", "javascript:alert(1)"):
        page = leave(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)
        assert page.status == 400
    assert signed_in(portal, browser)


def test_a_hint_and_another_client_id_do_not_go_together(
    app: Flask, portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    other = Portal.register(app, name="Other")

    page = leave(browser, id_token_hint=tokens["id_token"], client_id=other.client.id)

    assert page.status == 400


def test_threat_39_an_access_token_is_no_hint(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    assert leave(browser, id_token_hint=tokens["access_token"]).status == 400


def test_the_request_may_come_by_post(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    browser.post("/oauth/logout", {"id_token_hint": tokens["id_token"]})

    assert not signed_in(portal, browser)


def test_the_button_names_the_applications_that_ended(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    page = browser.open("/logout")

    gone = page.send(form=page.form("csrf_token"))

    assert "Portal" in gone.text
    assert not signed_in(portal, browser)


def test_logout_csrf_is_refused(portal: Portal, tokens: dict[str, Any], browser: Browser) -> None:
    page = browser.post("/logout", {})

    assert page.error_code == "csrf"
    assert signed_in(portal, browser)


def test_getting_the_logout_page_changes_nothing(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    browser.open("/logout")

    assert signed_in(portal, browser)


def test_signing_out_twice_is_no_error(browser: Browser) -> None:
    page = browser.open("/logout")

    assert page.send(form=page.form("csrf_token")).status == 200


def test_a_visitor_who_is_not_signed_in_is_led_on(portal: Portal, browser: Browser) -> None:
    with pytest.raises(Left) as left:
        leave(browser, client_id=portal.client.id, post_logout_redirect_uri=AFTER)

    assert left.value.location == AFTER


def test_threat_17_the_next_person_at_this_browser_is_a_stranger(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    page = browser.open("/logout")
    page.send(form=page.form("csrf_token"))

    assert portal.start(browser).path == "/login"
    assert portal.userinfo(tokens["access_token"]).status_code == 401


def test_an_application_that_was_disabled_is_not_named_afterwards(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    gone = Portal.register(app, name="Kursbuchung")
    member.sign_in(portal, browser)
    gone.answer(browser)
    disable_client(app, gone)
    page = browser.open("/logout")

    done = page.send(form=page.form("csrf_token"))

    assert "Portal" in done.text
    assert "Kursbuchung" not in done.text


def test_the_question_may_lead_to_the_application(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    page = browser.open(
        f"/oauth/logout?client_id={portal.client.id}&post_logout_redirect_uri={AFTER}"
    )

    csp = page.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://portal.example" in csp
