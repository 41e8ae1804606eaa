"""`prompt=create`: a new account on the way to an application, and back to it."""

from pathlib import Path

import pytest
from flask import Flask

from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.conftest import Member
from tests.people import PASSWORD, Postbox
from tests.relying_party import Portal

EMAIL = "neu@beispiel.test"


def filled(page: Page) -> Page:
    return page.send(
        given_name="Nina", family_name="Neumann", email=EMAIL,
        accept_terms="y", accept_privacy="y",
    )  # fmt: skip


def test_the_registration_names_the_application(portal: Portal, browser: Browser) -> None:
    page = portal.start(browser, prompt="create")

    assert (page.path, page.status) == ("/register", 200)
    assert "Sie möchten zu „Portal“" in page.text


def test_after_the_mailed_link_in_the_same_browser_the_application_has_its_answer(
    portal: Portal, browser: Browser, postbox: Postbox
) -> None:
    sent = filled(portal.start(browser, prompt="create"))
    assert sent.path == "/register/sent"

    page = browser.open(postbox.link(EMAIL))
    answer = portal.caught(lambda: page.send(password=PASSWORD))

    tokens = portal.tokens(answer)
    assert (portal.userinfo(tokens["access_token"]).json or {})["email"] == EMAIL


def test_the_link_that_is_sent_again_leads_there_too(
    portal: Portal, browser: Browser, postbox: Postbox
) -> None:
    sent = filled(portal.start(browser, prompt="create"))
    again = sent.send(form=next(form for form in sent.forms if "sent" in form.action))
    assert again.status == 200

    page = browser.open(postbox.link(EMAIL))

    assert portal.caught(lambda: page.send(password=PASSWORD))["code"]


def test_who_corrects_the_address_still_arrives(
    portal: Portal, browser: Browser, postbox: Postbox
) -> None:
    sent = filled(portal.start(browser, prompt="create"))
    (way,) = [link for link in sent.links if link.startswith("/register?")]

    filled(browser.open(way))

    page = browser.open(postbox.link(EMAIL))
    assert portal.caught(lambda: page.send(password=PASSWORD))["code"]


def test_a_link_opened_elsewhere_leads_into_the_account(
    app: Flask, portal: Portal, browser: Browser, postbox: Postbox
) -> None:
    filled(portal.start(browser, prompt="create"))

    done = Browser(app).open(postbox.link(EMAIL)).send(password=PASSWORD)

    assert (done.path, done.status) == ("/account", 200)


def test_who_is_signed_in_sees_the_form_too_and_becomes_somebody_new(
    portal: Portal, member: Member, browser: Browser, postbox: Postbox
) -> None:
    member.sign_in(portal, browser)

    page = portal.start(browser, prompt="create")
    assert page.path == "/register"
    filled(page)
    link = browser.open(postbox.link(EMAIL))
    answer = portal.caught(lambda: link.send(password=PASSWORD))

    claims = portal.verified(portal.tokens(answer)["id_token"]).claims
    assert claims["sub"] != member.id


@pytest.mark.parametrize("signed_in", [True, False])
def test_who_has_an_account_signs_in_instead(
    portal: Portal, member: Member, browser: Browser, *, signed_in: bool
) -> None:
    if signed_in:
        member.sign_in(portal, browser)
    page = portal.start(browser, prompt="create")
    assert "Ich habe schon ein Konto" in page.text
    (way,) = [link for link in page.links if link.startswith("/login?r=")]

    login = browser.open(way)

    assert login.path == "/login"
    assert login.form("username").fields["username"] == ""
    answer = portal.caught(lambda: login.send(username=member.email, password=member.password))
    assert answer["code"]


def test_where_the_chamber_makes_the_accounts_nobody_is_offered_one(
    tmp_path: Path, clock: MovableClock
) -> None:
    closed = built(settings_for(tmp_path, registration={"enabled": False}), clock)
    portal, browser = Portal.register(closed), Browser(closed)

    assert portal.answer(browser, prompt="create")["error"] == "invalid_request"

    page = portal.start(browser)
    forged = page.form("username").fields["csrf_token"]
    refused = browser.post(page.url.replace("/login", "/register"), {"csrf_token": forged})
    assert refused.error_code == "registration_closed"
    assert browser.open("/register").error_code == "registration_closed"
    dispose(closed)


def test_the_sent_page_without_an_address_leads_back_to_the_form_of_the_application(
    portal: Portal, browser: Browser
) -> None:
    url = portal.start(browser, prompt="create").url

    page = browser.open(url.replace("/register", "/register/sent"))

    assert page.path == "/register"
    assert "Portal" in page.text
