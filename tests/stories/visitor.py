"""What a person does at a screen; `chromium.py` and `plain.py` do it, stories tell it."""

import re
from typing import Protocol


class Visitor(Protocol):
    """One person at one device. Fields go by their name, buttons and links by their words."""

    def open(self, url: str) -> None:
        """Type an address."""

    def fill(self, **values: str) -> None:
        """Type into fields."""

    def choose(self, **options: str) -> None:
        """Choose from lists, by the words of the option."""

    def tick(self, *names: str) -> None:
        """Tick boxes."""

    def press(self, button: str) -> None:
        """Press a button, one of the page's own before one around it, and wait for what comes."""

    def follow(self, link: str) -> None:
        """Follow a link, and wait for what comes."""

    def tab(self) -> "Visitor":
        """Open another tab of the same browser."""

    @property
    def url(self) -> str:
        """The address bar."""

    @property
    def title(self) -> str:
        """The words on the tab."""

    @property
    def text(self) -> str:
        """What the page says, on one line."""

    @property
    def code(self) -> str:
        """The ASCII code of an error, else nothing."""

    def value(self, name: str) -> str:
        """Return what stands in a field."""

    def end(self) -> None:
        """Leave the device."""


def words(text: str) -> str:
    """Return text on one line, without the signs that only allow a break."""
    return " ".join(text.replace("\u00ad", "").split())


def named(name: str) -> re.Pattern[str]:
    """Match the words of a button or link; what follows a colon is for who does not see around."""
    return re.compile(f"^\\s*{re.escape(name)}\\s*(:|$)")
