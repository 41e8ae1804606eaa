"""Debian's Chromium as a visitor, and what its console complains about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    sync_playwright,
)

from tests.stories.visitor import named, words

PROGRAM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A page that takes longer on a busy machine is no failure, one that never comes is.
PATIENCE = 20_000
# Scripts have run then; fonts may still come.
READY: Literal["domcontentloaded"] = "domcontentloaded"


@contextmanager
def running() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


def context(browser: Browser, *, script: bool = True, motion: bool = True) -> BrowserContext:
    """Return a fresh device: no cookies, no history."""
    fresh = browser.new_context(
        java_script_enabled=script,
        locale="de-DE",
        reduced_motion="no-preference" if motion else "reduce",
    )
    fresh.set_default_timeout(PATIENCE)
    return fresh


class Console:
    """What a page complained about; that an answer was an error page is no complaint."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _said(self, message: ConsoleMessage) -> None:
        page = message.page
        answered = message.text.startswith("Failed to load resource: the server responded with")
        if answered and page and message.location["url"] == page.url:
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.location['url']}: {message.text}")


class ChromiumVisitor:
    """A person at Chromium; at the end its console must be silent."""

    def __init__(self, device: BrowserContext, console: Console | None = None) -> None:
        self._own = console is None
        self.device, self.console = device, console or Console()
        self.page = device.new_page()
        self.console.watch(self.page)

    def open(self, url: str) -> None:
        self.page.goto(url, wait_until=READY)

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self._field(name).fill(value)

    def choose(self, **options: str) -> None:
        for name, option in options.items():
            self._field(name).select_option(label=option)

    def tick(self, *names: str) -> None:
        for name in names:
            self._field(name).check()

    def press(self, button: str) -> None:
        with self.page.expect_navigation(wait_until=READY):
            self._button(button).first.click()

    def follow(self, link: str) -> None:
        with self.page.expect_navigation(wait_until=READY):
            self.page.get_by_role("link", name=named(link)).first.click()

    def tab(self) -> "ChromiumVisitor":
        return ChromiumVisitor(self.device, self.console)

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def title(self) -> str:
        return words(self.page.title())

    @property
    def text(self) -> str:
        return words(self.page.locator("main").inner_text())

    @property
    def code(self) -> str:
        found = self.page.locator("#error-code")
        return found.inner_text() if found.count() else ""

    def value(self, name: str) -> str:
        return self._field(name).input_value()

    def end(self) -> None:
        if self._own:
            self.device.close()
            assert self.console.complaints == []

    def _button(self, name: str) -> Locator:
        inside = self.page.locator("main").get_by_role("button", name=named(name))
        return inside if inside.count() else self.page.get_by_role("button", name=named(name))

    def _field(self, name: str) -> Locator:
        return self.page.locator(f"main [name={name}]")
