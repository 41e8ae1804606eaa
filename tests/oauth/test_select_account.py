"""`prompt=select_account`: as whom to go on, said by the person (OIDC Core §3.1.2.1)."""

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.conftest import Member, make_member
from tests.relying_party import Answer, Portal


@pytest.fixture
def other(core: Core) -> Member:
    return make_member(core, "otto@example.test")


def subject(portal: Portal, answer: Answer) -> str:
    return str(portal.verified(portal.tokens(answer)["id_token"]).claims["sub"])


def test_the_page_shows_who_is_signed_in(portal: Portal, member: Member, browser: Browser) -> None:
    member.sign_in(portal, browser)

    page = portal.start(browser, prompt="select_account")

    assert (page.path, page.status) == ("/login/account", 200)
    assert "Erika Beispiel" in page.text
    assert member.email in page.text
    assert "Portal" in page.text
    assert "send" in page.ids


def test_the_button_goes_on_without_a_password(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")

    answer = portal.caught(lambda: page.send(form=page.forms[-1]))

    assert subject(portal, answer) == member.id


def test_it_is_asked_each_time(portal: Portal, member: Member, browser: Browser) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")
    portal.caught(lambda: page.send(form=page.forms[-1]))

    assert portal.start(browser, prompt="select_account").path == "/login/account"


def test_the_other_way_leads_to_an_empty_form_and_in_as_somebody_else(
    portal: Portal, member: Member, other: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account", login_hint="hint@example.test")
    (way,) = [link for link in page.links if "other=1" in link]

    form = browser.open(way)

    assert form.path == "/login"
    assert form.form("username").fields["username"] == ""
    assert "Noch kein Konto?" in form.text
    answer = portal.caught(lambda: form.send(username=other.email, password=other.password))
    assert subject(portal, answer) == other.id


def test_a_wrong_password_there_shows_the_form_again(
    portal: Portal, member: Member, other: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")
    (way,) = [link for link in page.links if "other=1" in link]

    wrong = browser.open(way).send(username=other.email, password="Falsch geraten 7")

    assert (wrong.status, wrong.error_code) == (422, "wrong_credentials")
    assert "Portal" in wrong.text
    assert wrong.form("username").fields["username"] == other.email
    assert portal.caught(lambda: wrong.send(username=other.email, password=other.password))["code"]


def test_who_is_not_signed_in_signs_in_and_is_not_asked(
    portal: Portal, member: Member, browser: Browser
) -> None:
    assert member.sign_in(portal, browser, prompt="select_account")["code"]


def test_with_prompt_login_both_are_asked(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    member.sign_in(portal, browser)
    clock.advance(seconds=1)
    page = portal.start(browser, prompt="select_account login")
    assert page.path == "/login/account"

    login = page.send(form=page.forms[-1])

    assert login.path == "/login"
    assert login.form("username").fields["username"] == member.email
    assert portal.caught(lambda: login.send(username=member.email, password=member.password))[
        "code"
    ]


def test_who_sees_the_page_is_who_goes_on(
    portal: Portal, member: Member, other: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")
    browser.open("/login?other=1").send(username=other.email, password=other.password)
    late = page.send(form=page.forms[-1])

    assert late.path == "/login/account"
    assert other.email in late.text


def test_the_page_without_a_sign_in_goes_on_to_it(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")
    browser.client.delete_cookie("idp_session", domain="127.0.0.1")

    assert browser.open(page.url).path == "/login"


def test_without_a_request_there_is_nothing_to_choose(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    assert browser.open("/login/account").error_code == "request_expired"


def test_the_choice_needs_our_form(portal: Portal, member: Member, browser: Browser) -> None:
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")

    assert browser.post(page.url, {"account": member.id}).error_code == "csrf"


def test_the_choice_is_stored_on_both_databases(both_app: Flask, both_core: Core) -> None:
    portal, browser = Portal.register(both_app), Browser(both_app)
    member = make_member(both_core)
    member.sign_in(portal, browser)
    page = portal.start(browser, prompt="select_account")

    assert portal.caught(lambda: page.send(form=page.forms[-1]))["code"]
