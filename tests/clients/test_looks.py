"""Every page in a real browser, wide and narrow, light and dark: readable by everyone."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, sync_playwright

from clients.common import Config
from tests.stories.server import address_of, serving

from .conftest import contracts_app, courses_app, jobs_app
from .stub_provider import OAK, StubProvider

CHROMIUM = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
QUIET = "--disable-background-networking --disable-component-update"
TOO_WIDE = """[...document.querySelectorAll("body *")]
    .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
    .map(part => part.outerHTML)"""

Settings = Callable[[str, int], Config]


@contextmanager
def served(create: Callable[[Config], Flask], name: str, config: Settings) -> Iterator[str]:
    free = socket.create_server(("127.0.0.1", 0))
    address, app = address_of(free), create(config(name, free.getsockname()[1]))
    with serving(free, app):
        yield address


@pytest.fixture
def addresses(config: Settings) -> Iterator[list[str]]:
    with ExitStack() as stack:
        apps = {"courses": courses_app, "contracts": contracts_app, "jobs": jobs_app}
        yield [stack.enter_context(served(app, name, config)) for name, app in apps.items()]


def check(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate(TOO_WIDE) == []


def visit(page: Page, *urls: str) -> None:
    for url in urls:
        page.goto(url)
        check(page)


def press(page: Page, button: str) -> None:
    """Press a button and wait for the page it leads to, styles and all."""
    with page.expect_navigation():
        page.click(button)


def walk(page: Page, provider: StubProvider, addresses: list[str]) -> None:
    """See every page signed out, signed in without a Betrieb, and acting for one."""
    courses, contracts, jobs = addresses
    visit(page, courses, f"{courses}/courses/1", f"{courses}/nowhere", contracts, jobs)
    provider.business = None
    visit(page, f"{contracts}/login", f"{jobs}/login", f"{jobs}/new", f"{courses}/login")
    provider.business = dict(OAK)
    visit(page, f"{contracts}/login", f"{contracts}/new", f"{jobs}/login", f"{jobs}/new")
    for form in (f"{contracts}/new", f"{jobs}/new", f"{courses}/courses/1"):
        page.goto(form)
        press(page, "#send")
        check(page)
    visit(page, f"{courses}/bookings", f"{courses}/logout")
    press(page, "#send")
    assert page.get_by_text("Sie sind abgemeldet").is_visible()


@pytest.mark.browser
def test_no_page_hinders_anyone(provider: StubProvider, addresses: list[str]) -> None:
    with sync_playwright() as play:
        arguments = f"{CHROMIUM} {QUIET}".split()
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        narrow = browser.new_page(viewport={"width": 320, "height": 700}, color_scheme="dark")
        walk(narrow, provider, addresses)
        courses = addresses[0]
        narrow.context.clear_cookies()
        narrow.goto(f"{courses}/login")
        narrow.goto(f"{courses}/bookings")
        press(narrow, "text=Stornieren")
        assert narrow.get_by_role("status").is_visible()
        wide = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        walk(wide, provider, addresses)
        browser.close()
