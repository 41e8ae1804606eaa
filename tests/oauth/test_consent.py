"""Consent: asked once, remembered, never skipped for strangers."""

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser, Left, Page
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client
from tests.oauth.test_races import together
from tests.relying_party import Portal, answered


@pytest.fixture
def stranger(app: Flask) -> Portal:
    """An application of somebody else."""
    return Portal.register(app, name="Fremde Anwendung", purpose="Kurse buchen", first_party=False)


def asked(stranger: Portal, member: Member, browser: Browser) -> Page:
    return stranger.start(browser).send(username=member.email, password=member.password)


def test_the_page_names_application_purpose_and_data(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = asked(stranger, member, browser)

    assert page.path == "/consent"
    assert {"allow", "deny"} <= set(page.ids)
    assert "Fremde Anwendung" in page.text
    assert "Kurse buchen" in page.text


def test_allowing_is_remembered(stranger: Portal, member: Member, browser: Browser) -> None:
    page = asked(stranger, member, browser)
    with pytest.raises(Left) as left:
        page.send(answer="allow")

    assert stranger.tokens(answered(left.value))["id_token"]
    assert stranger.answer(browser, prompt="none")["code"]


def test_denying_goes_back_with_an_error(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = asked(stranger, member, browser)
    with pytest.raises(Left) as left:
        page.send(answer="deny")

    answer = answered(left.value)
    assert answer["error"] == "access_denied"
    assert answer["state"] == "the-state"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"


def test_more_than_was_allowed_is_asked_again(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = stranger.start(browser, scope="openid").send(
        username=member.email, password=member.password
    )
    with pytest.raises(Left):
        page.send(answer="allow")

    more = stranger.start(browser)
    assert more.path == "/consent"
    assert stranger.answer(browser, scope="openid")["code"]
    with pytest.raises(Left):
        more.send(answer="allow")
    assert stranger.answer(browser)["code"]


def test_consent_needs_our_form(stranger: Portal, member: Member, browser: Browser) -> None:
    page = asked(stranger, member, browser)

    forged = browser.post(page.url, {"answer": "allow"})

    assert forged.error_code == "csrf"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"


def test_without_a_request_there_is_nothing_to_allow(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    asked(stranger, member, browser)

    assert browser.open("/consent").error_code == "request_expired"
    assert browser.open("/consent?r=unknown").error_code == "request_expired"


def test_a_client_that_is_disabled_meanwhile_ends_in_an_error_page(
    app: Flask, stranger: Portal, member: Member, browser: Browser
) -> None:
    page = asked(stranger, member, browser)
    disable_client(app, stranger)

    late = page.send(answer="allow")

    assert late.status == 400
    assert late.error_code == "client_unknown"


def test_two_clicks_at_once_are_one_consent(both_app: Flask, both_core: Core) -> None:
    stranger = Portal.register(both_app, first_party=False)
    member = make_member(both_core)
    pages = []
    for _ in range(4):
        browser = Browser(both_app)
        pages.append(asked(stranger, member, browser))

    def allow() -> int:
        page = pages.pop()
        form = page.form("answer")
        data = {**form.fields, "answer": "allow"}
        url = form.action or page.url
        return page.browser.client.post(url, data=data, base_url=stranger.issuer).status_code

    assert together(allow) == [303] * 4
