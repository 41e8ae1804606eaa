"""Several tabs and the back button, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.stories import chromium
from tests.stories.chromium import ChromiumVisitor
from tests.stories.house import House
from tests.stories.steps import enter, is_signed_in, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def karl(house: House, browser_process: Browser) -> Iterator[ChromiumVisitor]:
    """Karl, who has an account, at his browser."""
    house.member()
    visitor = ChromiumVisitor(chromium.context(browser_process))
    yield visitor
    visitor.end()


EMAIL = "karl@beispiel.test"


def test_three_tabs_that_all_wait_for_the_sign_in_all_arrive(
    house: House, karl: ChromiumVisitor
) -> None:
    tabs = [karl, karl.tab(), karl.tab()]
    urls = [house.courses, house.contracts, house.jobs]
    for tab, url in zip(tabs, urls, strict=True):
        tab.open(f"{url}/login")
        assert tab.url.startswith(f"{house.issuer}/login")

    for tab in (tabs[1], tabs[2], tabs[0]):
        enter(tab, EMAIL)

    assert [tab.url for tab in tabs] == [f"{url}/" for url in urls]
    for tab in tabs:
        tab.open(tab.url)
        assert "Karl Mustermann" in tab.page.locator("header").inner_text()


def test_a_tab_that_was_left_at_the_form_goes_on_when_it_is_loaded_again(
    house: House, karl: ChromiumVisitor
) -> None:
    left = karl.tab()
    left.open(f"{house.contracts}/login")
    karl.open(f"{house.courses}/login")
    enter(karl, EMAIL)

    left.page.reload()

    assert left.url == f"{house.contracts}/"
    assert "Es fehlt noch Ihr Betrieb" in left.text


def test_the_back_button_after_a_sign_in_leads_into_no_dead_end(
    house: House, karl: ChromiumVisitor
) -> None:
    karl.open(f"{house.courses}/courses/1")
    karl.follow("Anmelden und buchen")
    enter(karl, EMAIL)
    karl.page.go_back()

    # That sign-in was answered already; the application says so, and leads on without a password.
    assert "Diese Anmeldung passt nicht mehr" in karl.text
    karl.console.complaints.clear()
    karl.follow("Noch einmal anmelden")
    assert karl.url == f"{house.courses}/"
    assert "Karl Mustermann" in karl.page.locator("header").inner_text()


def test_after_signing_out_the_back_button_shows_nothing_of_the_account(
    house: House, karl: ChromiumVisitor
) -> None:
    sign_in(house, karl, EMAIL)
    karl.follow("Mein Betrieb öffnen")
    karl.press("Abmelden")
    assert "Sie sind abgemeldet" in karl.text

    karl.page.go_back()

    assert karl.url.startswith(f"{house.issuer}/login")
    assert "Karl" not in karl.page.content()
    assert not is_signed_in(house, karl)


def test_a_form_that_stayed_open_over_a_sign_out_says_so_and_sends_nothing(
    house: House, karl: ChromiumVisitor
) -> None:
    sign_in(house, karl, EMAIL)
    form = karl.tab()
    form.open(f"{house.issuer}/business/pin")
    form.fill(number="1234567")
    karl.press("Abmelden")

    form.press("PIN anfordern")

    assert form.code == "csrf"
    house.deliver()
    assert list(house.folder.glob("*.pdf")) == []
