"""`ui_locales`: the application's wish for a language, below the person's own choice."""

import pytest
from flask import Flask

from idp.web import text
from tests.browser import Browser, Page
from tests.oauth.conftest import Member
from tests.relying_party import Portal


def language(page: Page) -> str:
    return page.response.text.partition('<html lang="')[2][:2]


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN-us", "en"),
        ("de-AT en", "de"),
        ("fr en de", "en"),
        ("  en  ", "en"),
        ("en-x-odd-private", "en"),
        ("se", "de"),
        ("se fr-FR", "de"),
        ("", "de"),
        (None, "de"),
        ("english", "de"),
        ("en_GB", "de"),
        ("en-", "de"),
        ("en;q=1", "de"),
        ("../en", "de"),
        ("ｅｎ", "de"),
        (" ".join(["fr"] * 23) + " en", "en"),
        (" ".join(["fr"] * 24) + " en", "de"),
    ],
)
def test_the_first_language_that_we_have_is_shown(
    portal: Portal, browser: Browser, wish: str | None, shown: str
) -> None:
    assert language(portal.start(browser, ui_locales=wish)) == shown


def test_it_goes_before_what_the_browser_accepts(portal: Portal, browser: Browser) -> None:
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"

    assert language(portal.start(browser)) == "de"
    assert language(portal.start(browser, ui_locales="en")) == "en"


def test_the_button_goes_before_it(portal: Portal, browser: Browser) -> None:
    page = portal.start(browser, ui_locales="en")
    form = next(form for form in page.forms if form.action == "/language")
    assert language(page.send(form=form, lang="de")) == "de"

    assert language(portal.start(browser, ui_locales="en")) == "de"


def test_a_later_wish_replaces_an_earlier_one(portal: Portal, browser: Browser) -> None:
    portal.start(browser, ui_locales="en")

    assert language(portal.start(browser, ui_locales="de")) == "de"
    assert language(browser.open("/help")) == "de"


def test_without_a_wish_the_earlier_one_holds(portal: Portal, browser: Browser) -> None:
    portal.start(browser, ui_locales="en")

    assert language(portal.start(browser)) == "en"
    assert language(portal.start(browser, ui_locales="fr")) == "en"


def test_it_is_kept_until_the_browser_is_closed_and_only_if_we_have_it(
    portal: Portal, browser: Browser
) -> None:
    portal.start(browser, ui_locales="se")
    assert browser.client.get_cookie("idp_ui", "127.0.0.1") is None

    portal.start(browser, ui_locales="en-GB")
    cookie = browser.client.get_cookie("idp_ui", "127.0.0.1")
    assert cookie
    assert (cookie.value, cookie.max_age, cookie.expires) == ("en", None, None)
    assert cookie.http_only


@pytest.mark.parametrize("value", ["fr", "", "en-GB", "../../etc", "x" * 3000])
def test_a_forged_cookie_is_no_wish(browser: Browser, value: str) -> None:
    browser.client.set_cookie("idp_ui", value, domain="127.0.0.1")

    assert language(browser.open("/help")) == "de"


def test_the_whole_journey_speaks_it(app: Flask, member: Member, browser: Browser) -> None:
    portal = Portal.register(app, first_party=False)

    page = portal.start(browser, ui_locales="en").send(
        username=member.email, password=member.password
    )

    assert (page.path, language(page)) == ("/consent", "en")
    assert "Share your data?" in page.text


def test_an_answer_without_a_page_remembers_no_language(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    portal.answer(browser, ui_locales="en")

    assert browser.client.get_cookie("idp_ui", "127.0.0.1") is None
    assert text.LOCALES == ("de", "en")
