"""An application that needs a business: linking on the way to it, or later."""

import json

import pytest
from flask import Flask

from idp.core import Core
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member, make_member
from tests.pin.situations import NUMBER, letters, memberships, pins, register
from tests.relying_party import Portal

SCOPES = ("openid", "profile", "business")
ESSENTIAL = '{"id_token": {"business": {"essential": true}}}'


@pytest.fixture
def contracts(app: Flask, core: Core) -> Portal:
    register(core)
    return Portal.register(app, name="Verträge", scopes=SCOPES)


def started(portal: Portal, member: Member, browser: Browser) -> Page:
    page = portal.start(browser, claims=ESSENTIAL)
    return page.send(username=member.email, password=member.password)


def test_the_page_says_who_needs_it_and_offers_later(
    contracts: Portal, member: Member, browser: Browser
) -> None:
    page = started(contracts, member, browser)

    assert (page.path, page.status) == ("/business/link", 200)
    assert "„Verträge“ braucht einen Betrieb" in page.text
    assert {"send", "later"} <= set(page.ids)
    csp = page.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://portal.example" in csp


def test_later_goes_on_without_and_asks_again_next_time(both_app: Flask, both_core: Core) -> None:
    portal, browser = Portal.register(both_app, scopes=SCOPES), Browser(both_app)
    member = make_member(both_core)
    page = started(portal, member, browser)

    answer = portal.caught(lambda: page.send(form=page.form("later"), later="1"))

    assert "business" not in portal.verified(portal.tokens(answer)["id_token"]).claims
    assert portal.start(browser, claims=ESSENTIAL).path == "/business/link"


def test_who_types_the_pin_arrives_with_the_claim_and_without_a_second_sign_in(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    page = started(contracts, member, browser)
    (way,) = [link for link in page.links if link.startswith("/business/pin?r=")]
    browser.open(way).send(number=NUMBER, branch="")
    pin = str(letters(core)[-1]["pin"])

    form = browser.open(page.url)
    answer = contracts.caught(lambda: form.send(number=NUMBER, branch="", pin=pin))

    claim = contracts.verified(contracts.tokens(answer)["id_token"]).claims["business"]
    assert claim["number"] == NUMBER


def test_a_mistyped_pin_keeps_the_application_in_sight(
    contracts: Portal, member: Member, browser: Browser
) -> None:
    wrong = started(contracts, member, browser).send(number=NUMBER, branch="", pin="K7MP")

    assert (wrong.status, wrong.error_code) == (422, "pin_length")
    assert "„Verträge“ braucht einen Betrieb" in wrong.text
    assert wrong.form("later")


def test_who_orders_a_pin_on_the_way_goes_on_to_the_application(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    page = started(contracts, member, browser)
    (way,) = [link for link in page.links if link.startswith("/business/pin?r=")]

    sent = browser.open(way).send(number=NUMBER, branch="")

    assert len(pins(core)) == 1
    assert "Weiter zu Verträge" in sent.text
    assert contracts.caught(lambda: sent.send(form=sent.form("later"), later="1"))["code"]


def test_a_business_linked_in_another_tab_is_noticed(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    page = started(contracts, member, browser)
    linked(core, member, "7777777")

    answer = contracts.caught(lambda: browser.open(page.url))

    assert "business" in contracts.verified(contracts.tokens(answer)["id_token"]).claims


def test_the_back_button_after_later_leads_on_again(
    contracts: Portal, member: Member, browser: Browser
) -> None:
    page = started(contracts, member, browser)
    contracts.caught(lambda: page.send(form=page.form("later"), later="1"))

    assert contracts.caught(lambda: browser.open(page.url))["code"]


def test_a_late_pin_still_links_and_one_click_is_left(
    core: Core, contracts: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    page = started(contracts, member, browser)
    browser.open("/business/pin").send(number=NUMBER, branch="")
    pin = str(letters(core)[-1]["pin"])
    clock.advance(minutes=29)
    browser.open("/account")
    clock.advance(minutes=2)

    late = page.send(number=NUMBER, branch="", pin=pin)

    assert (late.error_code, late.path) == ("request_expired", "/oauth/authorize")
    assert "Zurück zu Verträge" in late.text
    people.fresh(core)
    assert len(memberships(core)) == 1


def test_a_late_later_leads_back_to_the_application(
    contracts: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    page = started(contracts, member, browser)
    clock.advance(minutes=29)
    browser.open("/account")
    clock.advance(minutes=2)

    late = page.send(form=page.form("later"), later="1")

    assert late.error_code == "request_expired"
    assert "Zurück zu Verträge" in late.text


def test_a_late_order_is_taken_all_the_same(
    core: Core, contracts: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    page = started(contracts, member, browser)
    (way,) = [link for link in page.links if link.startswith("/business/pin?r=")]
    form = browser.open(way)
    clock.advance(minutes=29)
    browser.open("/account")
    clock.advance(minutes=2)

    sent = form.send(number=NUMBER, branch="")

    assert sent.status == 200
    assert len(pins(core)) == 1
    assert "Weiter zu" not in sent.text


def test_who_has_signed_out_meanwhile_signs_in_for_the_application(
    contracts: Portal, member: Member, browser: Browser
) -> None:
    page = started(contracts, member, browser)
    browser.client.delete_cookie("idp_session", domain="127.0.0.1")

    login = browser.open(page.url)

    assert login.path == "/login"
    assert "Verträge" in login.text
    assert login.send(username=member.email, password=member.password).path == "/business/link"


def test_later_without_an_application_leads_to_the_businesses(
    core: Core, member: Member, browser: Browser
) -> None:
    browser.open("/login").send(username=member.email, password=member.password)
    page = browser.open("/business/link")

    assert "later" not in page.ids
    assert page.send(form=page.form("pin"), later="1").path == "/business"


def test_a_client_that_may_not_see_businesses_cannot_make_one_a_must(
    portal: Portal, member: Member, browser: Browser
) -> None:
    claims = json.dumps({"id_token": {"business": {"essential": True}}})

    assert member.sign_in(portal, browser, claims=claims)["code"]
