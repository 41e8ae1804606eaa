"""Success and error in every response mode (Multiple Response Types, Form Post), by one writer."""

import pytest
from flask import Flask

from tests.browser import Browser
from tests.oauth.conftest import Member
from tests.relying_party import CALLBACK, Portal

MODES = ("query", "fragment", "form_post")


@pytest.mark.parametrize("mode", MODES)
def test_oidcc_formpost_server_the_code_comes_in_the_mode_that_was_asked(
    portal: Portal, member: Member, browser: Browser, mode: str
) -> None:
    answer = member.sign_in(portal, browser, response_mode=mode)

    assert answer.mode == mode
    assert set(answer.parameters) == {"code", "state", "iss"}
    assert portal.tokens(answer)["id_token"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"request": "x"}, "invalid_request_object"),
    ],
)
def test_oidcc_formpost_errors_come_in_the_mode_that_was_asked(
    portal: Portal, browser: Browser, mode: str, changed: dict[str, str | None], error: str
) -> None:
    answer = portal.answer(browser, response_mode=mode, **changed)

    assert (answer.mode, answer["error"]) == (mode, error)
    assert (answer["state"], answer["iss"]) == ("the-state", portal.issuer)


def test_an_unknown_mode_is_told_in_the_usual_one(portal: Portal, browser: Browser) -> None:
    answer = portal.answer(browser, response_mode="web_message")

    assert (answer.mode, answer["error"]) == ("query", "invalid_request")


def test_a_form_post_carries_odd_states_unchanged_and_escaped(
    portal: Portal, member: Member, browser: Browser
) -> None:
    state = '"><script>alert(1)</script> a b+c%20&amp;ü'

    answer = member.sign_in(portal, browser, response_mode="form_post", state=state)

    assert answer["state"] == state


def test_a_form_post_page_may_send_to_the_application_alone_and_is_not_kept(
    portal: Portal, browser: Browser
) -> None:
    page = portal.start(browser, response_mode="form_post", prompt="none")

    headers = page.response.headers
    assert "form-action 'self' https://portal.example" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "no-store" in headers["Cache-Control"]
    assert (page.forms[0].method, page.forms[0].action) == ("post", CALLBACK)


def test_the_query_of_a_registered_address_is_kept_in_every_mode(
    app: Flask, member: Member, browser: Browser
) -> None:
    uri = CALLBACK + "?bar=foo"
    portal = Portal.register(app, redirect_uris=(uri,))
    portal.redirect_uri = uri

    assert member.sign_in(portal, browser)["bar"] == "foo"
    page = portal.start(browser, response_mode="form_post")
    assert page.forms[0].action == uri


def test_the_code_of_a_fragment_is_never_in_the_query(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, response_mode="fragment")

    assert answer.mode == "fragment"
