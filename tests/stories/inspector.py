"""Looks at a page as axe, a narrow screen, a dark screen and a screen reader's user do."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from idp.mail.compose import HOUSE
from tests.stories.chromium import Console

WIDE, NARROW = (1280, 800), (320, 640)
# In the dark nothing but the colours can be different.
RULES = {"light": "{}", "dark": "{runOnly: ['cat.color']}"}
AXE = "axe.run({{resultTypes: ['violations'], ...{rules}}}).then(found => found.violations)"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What does nothing without the script must not be there without it.
DEAD = """[...document.querySelectorAll('button[type=button], [disabled], a:not([href])')]
    .filter(control => control.checkVisibility()).map(control => control.outerHTML)"""


@cache
def keys() -> frozenset[str]:
    """Return the keys of all texts: none of them may be seen."""
    catalogue = HOUSE / "translations" / "de" / "LC_MESSAGES" / "messages.po"
    return frozenset(re.findall(r'^msgid "(.+)"$', catalogue.read_text(), re.MULTILINE))


@dataclass
class Inspector:
    """Collects what is wrong, so that one walk tells everything."""

    page: Page
    console: Console
    wrong: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        """Check the page as it stands: both widths, both colour schemes."""
        self._words(name)
        self.page.mouse.move(0, 0)
        self.page.evaluate(AXE_SCRIPT)
        for width, height in (WIDE, NARROW):
            self.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("dark", "light"):
                self.page.emulate_media(color_scheme=scheme)
                where = f"{name}, {width} px, {scheme}"
                self._axe(where, AXE.format(rules=RULES[scheme]))
            if self.page.evaluate(TOO_WIDE) > 0:
                self._note(where, "scrolls sideways")
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.wrong += [f"{name}: {words}" for words in self.console.complaints]
        self.console.complaints.clear()

    def touch(self, name: str) -> None:
        """Check the colours of every control while the pointer is over it."""
        self.page.evaluate(AXE_SCRIPT)
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            for control in self.page.locator("main :is(a, button, summary):visible").all():
                control.hover()
                self._axe(f"{name}, {scheme}, hovered", AXE.format(rules=RULES["dark"]))

    def walk(self, issuer: str, *paths: str) -> None:
        """Open pages one after the other, and look for dead controls."""
        for path in paths:
            self.page.goto(issuer + path)
            self.dead_controls(path)

    def dead_controls(self, name: str) -> None:
        """Check that every control works although no script runs."""
        for control in self.page.evaluate(DEAD):
            self._note(name, f"does nothing without script: {control}")

    def _axe(self, where: str, run: str) -> None:
        found: list[dict[str, Any]] = self.page.evaluate(run)
        for rule in found:
            for node in rule["nodes"]:
                self._note(where, f"{rule['id']}: {node['html']} {node['failureSummary']}")

    def _words(self, name: str) -> None:
        """Check title, the one heading, the language, and that no key is shown for a text."""
        title = self.page.title()
        if not re.fullmatch(r"(Fehler: |Error: )?\S.* – Kammer-Konto", title):
            self._note(name, f"title {title!r}")
        if (headings := self.page.locator("h1").count()) != 1:
            self._note(name, f"{headings} h1")
        text = self.page.locator("body").inner_text()
        shown = keys() & set(re.findall(r"[a-z_]+(?:\.[a-z_0-9]+)+", text))
        if shown or "%(" in text:
            self._note(name, f"untranslated: {shown or text}")

    def _note(self, where: str, what: str) -> None:
        self.wrong.append(f"{where} ({self.page.url}): {what}")
