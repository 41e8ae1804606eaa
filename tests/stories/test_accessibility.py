"""Every page of the provider, empty, wrong and filled, is for everyone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import template_rendered
from jinja2 import Template
from playwright.sync_api import Browser

from idp.demo.mailbox import Mailbox
from idp.mail.compose import HOUSE
from tests.conftest import MovableClock
from tests.stories import chromium, tours
from tests.stories.chromium import ChromiumVisitor, Console
from tests.stories.house import House, whole_house
from tests.stories.inspector import Inspector
from tests.stories.steps import NUMBER, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def inspector(browser_process: Browser) -> Iterator[Inspector]:
    device = chromium.context(browser_process, motion=False)
    page, console = device.new_page(), Console()
    console.watch(page)
    yield Inspector(page, console)
    device.close()


@pytest.mark.parametrize("tour", tours.SHOWS, ids=lambda tour: tour.__name__)
def test_every_page_is_for_everyone(house: House, inspector: Inspector, tour: tours.Tour) -> None:
    shown: set[str] = set()

    def note(_app: object, template: Template, **_: object) -> None:
        shown.add(str(template.name))

    with template_rendered.connected_to(note):
        tour(house, inspector)

    assert inspector.wrong == []
    assert shown >= tours.SHOWS[tour]


def test_the_demo_mailbox_is_for_everyone(
    tmp_path: Path, clock: MovableClock, inspector: Inspector
) -> None:
    mailbox = Mailbox(tmp_path / "mailbox")
    with whole_house(tmp_path, clock, mailbox=mailbox) as house:
        tours.demo(house, inspector, mailbox)

    assert inspector.wrong == []


def test_no_template_is_left_out() -> None:
    folder = HOUSE / "templates"
    every = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.html")
        if path.parent.name != "mail" and path.name not in ("base.html", "_form.html")
    }

    assert every == {"demo/mailbox.html"}.union(*tours.SHOWS.values())


def test_the_inspector_sees_what_is_wrong(house: House, inspector: Inspector) -> None:
    inspector.page.goto(f"{house.issuer}/healthz")
    inspector.page.set_content(
        "<title>Seite</title><h1>Eins</h1><h1>login.title</h1><input><a onclick='x()'>Los</a>"
        "<p style='width: 900px; color: #999; background: #aaa'>Grau</p>"
        "<button type=button>Nichts</button><script>missing()</script>"
    )

    inspector.look("bad")
    inspector.dead_controls("bad")

    told = "\n".join(inspector.wrong)
    for sign in (
        "title 'Seite'", "2 h1", "login.title", "label:", "color-contrast:", "html-has-lang:",
        "320 px, light", "dark (", "scrolls sideways", "missing is not defined",
        "<button", "<a onclick",
    ):  # fmt: skip
        assert sign in told


def test_colours_can_be_read_under_the_pointer(house: House, inspector: Inspector) -> None:
    for path in ("/", "/login", "/help", "/business/pin"):
        inspector.page.goto(house.issuer + path)
        inspector.touch(path)

    assert inspector.wrong == []


def test_without_script_no_control_is_dead(
    house: House, browser_process: Browser, tmp_path: Path
) -> None:
    device = chromium.context(browser_process, script=False)
    member, inspector = house.member(), Inspector(device.new_page(), Console())
    visitor = ChromiumVisitor(device)
    house.linked(member, NUMBER)

    inspector.walk(house.issuer, "/", "/register", "/login", "/password/forgot", "/help")
    sign_in(house, visitor, member.email)
    inspector.walk(house.issuer, "/account", "/business", "/business/link", "/business/pin")
    inspector.walk(
        house.issuer, "/account/sessions", "/account/apps", "/password/change", "/logout"
    )

    device.close()
    assert inspector.wrong == []


def reaches(visitor: ChromiumVisitor, part: str) -> None:
    """Wait until a part of the page has the focus: a browser gives it with the first picture."""
    visitor.page.locator(f"#{part}:focus").wait_for()


@pytest.mark.parametrize("script", [True, False])
def test_errors_are_read_first(house: House, browser_process: Browser, script: bool) -> None:
    device = chromium.context(browser_process, script=script)
    visitor = ChromiumVisitor(device)

    sign_in(house, visitor, "name@beispiel.test", "Falsch-geraten-77")
    reaches(visitor, "error-summary")
    visitor.open(f"{house.issuer}/register")
    visitor.press("Konto anlegen")
    reaches(visitor, "error-summary")

    # Its links lead into the fields.
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**#given_name")
    reaches(visitor, "given_name")
    device.close()


def test_a_keyboard_is_enough_to_sign_in(house: House, browser_process: Browser) -> None:
    karl, device = house.member(), chromium.context(browser_process)
    visitor = ChromiumVisitor(device)
    keyboard = visitor.page.keyboard
    visitor.open(f"{house.courses}/login")

    keyboard.press("Tab")
    assert visitor.page.locator(".skip:focus").is_visible()
    tab_to(visitor, "username")
    keyboard.type(karl.email)
    tab_to(visitor, "password")
    keyboard.type(karl.password)
    keyboard.press("Tab")
    keyboard.press("Space")
    assert visitor.page.locator("#password").get_attribute("type") == "text"
    tab_to(visitor, "send")
    with visitor.page.expect_navigation():
        keyboard.press("Enter")

    assert visitor.url == f"{house.courses}/"
    device.close()


def focused(visitor: ChromiumVisitor) -> str:
    return str(visitor.page.evaluate("document.activeElement.id"))


def tab_to(visitor: ChromiumVisitor, element: str) -> None:
    """Press Tab until an element has the focus; it must show."""
    for _ in range(20):
        visitor.page.keyboard.press("Tab")
        if focused(visitor) == element:
            ring = visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            shadow = visitor.page.evaluate("getComputedStyle(document.activeElement).boxShadow")
            assert (ring, shadow) != ("none", "none")
            return
    raise AssertionError(f"no way to {element}")
