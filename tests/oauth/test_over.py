"""A sign-in that waited too long: never a dead end, and never a second password for nothing."""

import pytest
from flask import Flask

from idp.core import Core
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client
from tests.people import Postbox
from tests.relying_party import Portal

HOME = "https://portal.example/"
STEPS = ("/login", "/login/account", "/consent", "/business/choose", "/register", "/business/link",
         "/business/pin", "/password/renew", "/terms", "/oauth/authorize")  # fmt: skip


def is_over(page: Page) -> bool:
    return (page.status, page.error_code) == (400, "request_expired")


@pytest.mark.parametrize("path", STEPS)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_page_that_waited_an_hour_leads_back_to_its_application(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock, *,
    path: str, signed_in: bool,
) -> None:  # fmt: skip
    query = portal.start(browser).url.partition("?")[2]
    clock.advance(hours=1)
    if signed_in:
        browser.open("/login").send(username=member.email, password=member.password)

    page = browser.open(f"{path}?{query}")

    assert is_over(page)
    assert "Diese Anmeldung hat zu lange gewartet" in page.title
    assert "Zurück zu Portal" in page.text
    assert HOME in page.links
    assert ("Sie sind schon angemeldet" in page.text) == signed_in


def test_the_way_back_is_where_staff_say_that_it_starts(
    app: Flask, browser: Browser, clock: MovableClock
) -> None:
    portal = Portal.register(app, home_uri="https://portal.example/start?from=account")
    url = portal.start(browser).url
    clock.advance(hours=1)

    assert "https://portal.example/start?from=account" in browser.open(url).links


def test_a_filled_form_still_signs_in_and_one_click_is_left(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    page = portal.start(browser)
    clock.advance(hours=1)

    late = page.send(username=member.email, password=member.password)

    assert (is_over(late), late.path) == (True, "/oauth/authorize")
    assert HOME in late.links
    # The application begins anew, and nobody is asked for a password again.
    assert portal.answer(browser)["code"]


def test_a_mistyped_password_in_a_late_form_can_be_typed_again(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    page = portal.start(browser)
    clock.advance(hours=1)

    wrong = page.send(username=member.email, password="Falsch geraten 7")

    assert (wrong.status, wrong.error_code) == (422, "wrong_credentials")
    assert is_over(wrong.send(username=member.email, password=member.password))
    assert portal.answer(browser)["code"]


def test_a_late_answer_at_the_consent_page_changes_nothing(
    app: Flask, member: Member, browser: Browser, clock: MovableClock
) -> None:
    portal = Portal.register(app, first_party=False)
    page = portal.start(browser).send(username=member.email, password=member.password)
    clock.advance(minutes=20)
    browser.open("/account")
    clock.advance(minutes=20)

    assert is_over(page.send(answer="allow"))
    assert portal.answer(browser, prompt="none")["error"] == "consent_required"


def test_a_late_choice_of_a_business_or_an_account_leads_back(
    app: Flask, core: Core, member: Member, browser: Browser, clock: MovableClock
) -> None:
    portal = Portal.register(app, scopes=("openid", "business"))
    first, _ = linked(core, member, "1111111"), linked(core, member, "2222222")
    choice = portal.start(browser).send(username=member.email, password=member.password)
    account = portal.start(browser, prompt="select_account")
    clock.advance(minutes=29)
    browser.open("/account")
    clock.advance(minutes=2)

    assert is_over(choice.send(membership=first))
    assert is_over(account.send(form=account.forms[-1]))


def test_a_late_registration_still_counts(
    portal: Portal, browser: Browser, postbox: Postbox, clock: MovableClock
) -> None:
    form = portal.start(browser, prompt="create")
    clock.advance(hours=1)

    sent = form.send(
        given_name="Nina", family_name="Neumann", email="neu@beispiel.test",
        accept_terms="y", accept_privacy="y",
    )  # fmt: skip

    assert sent.path == "/register/sent"
    late = browser.open(postbox.link()).send(password=people.PASSWORD)
    assert is_over(late)
    assert HOME in late.links
    assert portal.answer(browser)["code"]


def test_a_request_of_another_browser_says_no_more_than_an_unknown_one(
    app: Flask, portal: Portal, browser: Browser, clock: MovableClock
) -> None:
    url = portal.start(browser).url
    stranger = Browser(app)

    for page in (stranger.open(url), stranger.open("/login?r=gibtsnicht")):
        assert is_over(page)
        assert HOME not in page.links
        assert "Portal" not in page.text
        assert "/" in page.links


def test_who_is_signed_in_is_led_to_the_account_when_there_is_no_application(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    page = browser.open("/consent?r=gibtsnicht")

    assert is_over(page)
    assert "Zu meinem Konto" in page.text


def test_an_application_that_was_disabled_meanwhile_is_not_led_to(
    app: Flask, portal: Portal, browser: Browser, clock: MovableClock
) -> None:
    url = portal.start(browser).url
    clock.advance(hours=1)
    disable_client(app, portal)

    page = browser.open(url)

    assert is_over(page)
    assert HOME not in page.links


def test_three_tabs_for_three_applications_end_each_at_its_own(
    both_app: Flask, both_core: Core
) -> None:
    member, browser = make_member(both_core), Browser(both_app)
    names = ("kurse", "vertraege", "stellen")
    portals = []
    for name in names:
        uri = f"https://{name}.example/callback"
        portal = Portal.register(both_app, name=name, redirect_uris=(uri,))
        portal.redirect_uri = uri
        portals.append(portal)
    tabs = [portal.start(browser, state=portal.client.name) for portal in portals]

    second = portals[1].caught(
        lambda: tabs[1].send(username=member.email, password=member.password)
    )
    third = portals[2].caught(lambda: browser.open(tabs[2].url))
    first = portals[0].caught(lambda: tabs[0].send(username=member.email, password=member.password))

    answers = (first, second, third)
    assert [answer["state"] for answer in answers] == list(names)
    for portal, answer in zip(portals, answers, strict=True):
        assert portal.tokens(answer)["id_token"]


def test_the_back_button_after_success_leads_on_again(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, first_party=False)
    login = portal.start(browser)
    consent = login.send(username=member.email, password=member.password)
    portal.caught(lambda: consent.send(answer="allow"))

    assert portal.caught(lambda: browser.open(login.url))["code"]
    again = browser.open(consent.url)
    assert again.path == "/consent"
    assert portal.caught(lambda: again.send(answer="allow"))["code"]
