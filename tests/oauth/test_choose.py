"""The chooser: for which business a person acts, asked when there are several."""

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser, Page
from tests.oauth.businesses import end, linked
from tests.oauth.conftest import Member
from tests.oauth.states import disable_client
from tests.relying_party import Portal


@pytest.fixture
def contracts(app: Flask) -> Portal:
    return Portal.register(app, name="Verträge", scopes=("openid", "business"))


@pytest.fixture
def page(core: Core, contracts: Portal, member: Member, browser: Browser) -> Page:
    linked(core, member, "1111111")
    linked(core, member, "2222222")
    return contracts.start(browser).send(username=member.email, password=member.password)


def test_the_page_names_the_application_and_may_lead_to_it(page: Page) -> None:
    assert page.path == "/business/choose"
    assert "„Verträge“ erfährt nur von dem Betrieb" in page.text
    csp = page.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://portal.example" in csp


def test_a_business_that_ended_meanwhile_cannot_be_chosen(
    core: Core, contracts: Portal, member: Member, browser: Browser, page: Page
) -> None:
    third = linked(core, member, "3333333")
    shown = browser.open(page.url)
    end(core, third)

    again = shown.send(membership=third)

    assert (again.status, again.path) == (200, "/business/choose")
    assert third not in again.response.text
    assert contracts.start(browser).path == "/business/choose"


def test_who_has_signed_out_meanwhile_signs_in_for_the_application(
    member: Member, browser: Browser, page: Page
) -> None:
    browser.client.delete_cookie("idp_session", domain="127.0.0.1")

    login = browser.open(page.url)

    assert login.path == "/login"
    assert "Verträge" in login.text
    assert login.send(username=member.email, password=member.password).path == "/business/choose"


def test_an_application_that_was_disabled_meanwhile_ends_in_an_error_page(
    app: Flask, contracts: Portal, browser: Browser, page: Page
) -> None:
    disable_client(app, contracts)

    assert browser.open(page.url).error_code == "client_unknown"


def test_the_choice_needs_our_form(browser: Browser, page: Page) -> None:
    assert browser.post(page.url, {"membership": "x"}).error_code == "csrf"


def test_the_chosen_one_is_the_one_that_the_application_learns(
    core: Core, contracts: Portal, member: Member, browser: Browser, page: Page
) -> None:
    third = linked(core, member, "3333333")
    shown = browser.open(page.url)

    answer = contracts.caught(lambda: shown.send(membership=third))

    claim = contracts.verified(contracts.tokens(answer)["id_token"]).claims["business"]
    assert claim["number"] == "3333333"
