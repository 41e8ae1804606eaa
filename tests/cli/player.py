"""Does with a configuration what the suite's browser does: follows its tasks from an address on."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.browser import Browser, Left, Page


@dataclass
class Player:
    """One module of the suite: one browser, and the pages that it kept for review."""

    document: dict[str, Any]
    browser: Browser
    module: str = ""
    kept: list[Page] = field(default_factory=list)
    _page: Page | None = None
    _url: str = ""

    def play(self, path: str) -> str:
        """Open an address and do what it is told; returns where that ends."""
        url = self.browser.issuer + path
        told = self.document["override"].get(self.module, self.document)["browser"]
        entry = next(entry for entry in told if fnmatchcase(url, entry["match"]))
        self._go(lambda: self.browser.open(path))
        for task in entry["tasks"]:
            if fnmatchcase(self._url, task["match"]):
                self._perform(task["commands"])
            else:
                assert task["optional"], (task["task"], self._url)
        return self._url

    def _go(self, step: Any) -> None:
        try:
            self._page = step()
            self._url = self._page.url
        except Left as left:
            self._page, self._url = None, left.location

    def _perform(self, commands: list[list[Any]]) -> None:
        typed: dict[str, str] = {}
        for what, how, target, *more in commands:
            if what == "text":
                typed[target] = more[0]
            elif what == "click":
                self._click(target, typed, optional=more == ["optional"])
            else:
                self._wait(how, target, more)

    def _click(self, target: str, typed: dict[str, str], *, optional: bool) -> None:
        page = self._page
        assert page
        if target not in page.ids:
            assert optional, (target, page.text)
            return
        fields = {"answer": target} if target == "allow" else typed
        asked = page.form(*fields) if fields else page.forms[-1]
        self._go(lambda: page.send(form=asked, **fields))

    def _wait(self, how: str, target: str, more: list[Any]) -> None:
        page = self._page
        if how == "contains":
            assert target in self._url
        elif page is None:
            # A page of the suite itself.
            assert target == "submission_complete"
        elif how == "css" and not target.startswith("#"):
            assert re.search(more[1], page.text), page.text
        else:
            assert set(re.findall("[a-z-]+", target)) & set(page.ids), (target, page.text)
        if page and len(more) == 3:
            self.kept.append(page)
