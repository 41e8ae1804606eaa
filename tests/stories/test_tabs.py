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
    karl.follow("„Mein Betrieb“ öffnen")
    karl.press("Abmelden")
    assert "Sie sind abgemeldet" in karl.text

    karl.page.go_back()

    assert karl.url.startswith(f"{house.issuer}/login")
    assert "Karl" not in karl.page.content()
    assert not is_signed_in(house, karl)


def test_a_form_that_stayed_open_over_a_sign_out_asks_to_sign_in_and_sends_nothing(
    house: House, karl: ChromiumVisitor
) -> None:
    sign_in(house, karl, EMAIL)
    form = karl.tab()
    form.open(f"{house.issuer}/business/pin")
    form.fill(number="1234567")
    karl.press("Abmelden")

    form.press("PIN anfordern")

    house.deliver()
    assert list(house.folder.glob("*.pdf")) == []
    enter(form, EMAIL)
    assert form.url == f"{house.issuer}/business/pin"


def test_a_form_that_waited_an_hour_needs_one_click_more_and_no_second_password(
    house: House, karl: ChromiumVisitor
) -> None:
    karl.open(f"{house.courses}/login")
    house.clock.advance(hours=1)

    enter(karl, EMAIL)

    assert karl.code == "request_expired"
    assert "Diese Anmeldung hat zu lange gewartet" in karl.text
    karl.follow("Zurück zu Kursbuchung")
    assert karl.url == f"{house.courses}/"
    karl.follow("Anmelden")
    assert karl.url == f"{house.courses}/"
    assert "Karl Mustermann" in karl.page.locator("header").inner_text()


@pytest.mark.parametrize("script", [True, False])
def test_an_answer_by_form_post_goes_on_by_itself_or_by_its_button(
    house: House, browser_process: Browser, *, script: bool
) -> None:
    house.member()
    portal, callback = house.portal(first_party=True)
    visitor = ChromiumVisitor(chromium.context(browser_process, script=script))
    visitor.open(house.issuer + portal.authorization(response_mode="form_post", state='"><b>'))
    enter(visitor, EMAIL)

    if script:
        visitor.page.wait_for_url(f"{callback.url}/callback")
    else:
        visitor.press("Weiter")

    (answer,) = callback.answers
    assert visitor.url == f"{callback.url}/callback"
    assert (answer.mode, answer["state"]) == ("form_post", '"><b>')
    assert portal.tokens(answer)["id_token"]
    visitor.end()


def test_the_back_button_does_not_send_an_answer_by_form_post_again(
    house: House, karl: ChromiumVisitor
) -> None:
    portal, callback = house.portal(first_party=True)
    sign_in(house, karl, EMAIL)
    karl.open(house.issuer + portal.authorization(response_mode="form_post"))
    karl.page.wait_for_url(f"{callback.url}/callback")

    karl.page.go_back()

    assert karl.url.startswith(house.issuer)
    assert len(callback.answers) == 1


def test_another_account_in_one_tab_is_told_in_the_other(
    house: House, karl: ChromiumVisitor
) -> None:
    house.member("erika@beispiel.test", "Erika")
    portal, callback = house.portal()
    karl.open(house.issuer + portal.authorization())
    enter(karl, EMAIL)
    other = karl.tab()
    other.open(house.issuer + portal.authorization(prompt="select_account"))
    other.follow("Mit einem anderen Konto anmelden")
    enter(other, "erika@beispiel.test")

    karl.press("Erlauben")

    # Karl's page allowed nothing in Erika's name: it is shown to her first.
    assert callback.answers == []
    assert "Erika Mustermann" in karl.page.locator("header").inner_text()
    karl.press("Erlauben")
    assert "code" in callback.answers[0].parameters
