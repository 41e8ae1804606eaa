"""The rules of a new password are ticked while it is typed, and nothing hangs on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.people import OTHER_PASSWORD, PASSWORD
from tests.stories import chromium
from tests.stories.chromium import ChromiumVisitor, Console
from tests.stories.house import House
from tests.stories.inspector import Inspector
from tests.stories.steps import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(house: House, browser_process: Browser) -> Iterator[ChromiumVisitor]:
    """Karl at the page where he changes his password."""
    visitor = ChromiumVisitor(chromium.context(browser_process), Console())
    sign_in(house, visitor, house.member().email)
    visitor.open(f"{house.issuer}/password/change")
    yield visitor
    visitor.end()


def typed(page: Page, text: str) -> None:
    page.locator("#password").fill(text)


def ticked(page: Page) -> list[bool]:
    items = page.locator("#password-rules li").all()
    return ["rules__met" in (item.get_attribute("class") or "") for item in items]


def test_each_rule_is_ticked_as_soon_as_it_is_fulfilled(desk: ChromiumVisitor) -> None:
    page = desk.page
    rules = page.locator("#password-rules li")

    typed(page, "kachelofen")
    expect(rules.nth(1)).to_contain_text("noch offen")
    assert ticked(page)[:2] == [False, False]
    typed(page, "Kachelofen-38")
    expect(rules.nth(1)).to_contain_text("erfüllt")
    assert ticked(page) == [True] * 6
    expect(page.locator("#password-told")).to_have_text("Dieses Passwort erfüllt alle Regeln.")
    typed(page, "")
    expect(rules.nth(1)).not_to_contain_text("(")
    assert ticked(page) == [False] * 6


def test_what_the_list_does_not_say_is_said_at_once_and_the_rest_on_leaving(
    desk: ChromiumVisitor,
) -> None:
    page = desk.page
    helps = page.locator("#password-helps")

    page.locator("#password").press_sequentially("Ofen ")
    expect(helps).to_have_text("Am Anfang oder Ende steht ein Leerzeichen. Bitte entfernen Sie es.")
    assert helps.locator("p").count() == 1
    page.keyboard.press("Tab")
    expect(helps).to_contain_text("mindestens 12 Zeichen")
    expect(helps).to_contain_text("Es fehlt eine Ziffer")


def test_the_page_stays_in_order_while_it_helps(desk: ChromiumVisitor) -> None:
    inspector = Inspector(desk.page, desk.console)

    typed(desk.page, "Oktober 2040 ")
    desk.page.keyboard.press("Tab")
    expect(desk.page.locator("#password-helps")).to_contain_text("O und 0")
    inspector.look("typing")

    assert inspector.wrong == []


def test_when_nobody_answers_the_list_stands_as_before_and_the_form_works(
    desk: ChromiumVisitor,
) -> None:
    page = desk.page
    page.route(
        "**/password/check", lambda route: route.fulfill(status=429, headers={"Retry-After": "9"})
    )

    with page.expect_response("**/password/check"):
        typed(page, "abc")

    assert ticked(page) == [False] * 6
    expect(page.locator("#password-rules")).not_to_contain_text("(")
    desk.fill(current_password=PASSWORD, password=OTHER_PASSWORD)
    desk.press("Passwort ändern")
    assert "Ihr Passwort ist geändert" in desk.text


def test_a_button_stays_under_the_pointer_that_presses_it(desk: ChromiumVisitor) -> None:
    page = desk.page
    page.locator("#current_password").fill(PASSWORD)
    with page.expect_response("**/password/check"):
        typed(page, "Ofen")
    page.locator("#send").scroll_into_view_if_needed()
    button = page.locator("#send").bounding_box()
    assert button

    page.mouse.move(button["x"] + 9, button["y"] + 5)
    with page.expect_response("**/password/check"):
        page.mouse.down()  # which leaves the field, and asks what is wrong with it
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.locator("#send").bounding_box() == button
    with page.expect_navigation():
        page.mouse.up()

    assert desk.code == "weak_password"


def test_what_was_held_back_is_said_when_the_pointer_is_let_go(desk: ChromiumVisitor) -> None:
    page = desk.page
    typed(page, "Ofen")

    page.mouse.move(2, 2)
    with page.expect_response("**/password/check"):
        page.mouse.down()
    page.mouse.up()

    expect(page.locator("#password-helps")).to_contain_text("mindestens 12 Zeichen")


def test_caps_lock_is_told_and_told_no_more(desk: ChromiumVisitor) -> None:
    page = desk.page
    press = """([on, field]) => document.getElementById(field).dispatchEvent(
        new KeyboardEvent("keydown", {key: "A", modifierCapsLock: on}))"""
    told = page.get_by_text("Die Feststelltaste ist an.")

    for field in ("password", "current_password"):
        page.evaluate(press, [True, field])
        expect(told).to_be_visible()
        page.evaluate(press, [False, field])
        expect(told).to_have_count(0)
    assert "Feststelltaste" not in desk.text
