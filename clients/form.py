"""Typed fields and what is wrong with them, in words for the person who typed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from .common import today


@dataclass(frozen=True)
class Form:
    """What was sent, field by field; a check keeps the value and notes a mistake."""

    sent: Mapping[str, str]
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, limit: int, missing: str) -> None:
        """One or more lines of plain text."""
        value = " ".join(self.take(name, limit).split())
        if value and not value.isprintable():
            self.errors[name] = "Bitte geben Sie nur Buchstaben, Ziffern und Satzzeichen ein."
        elif not value:
            self.errors[name] = missing
        elif len(value) > limit:
            self.errors[name] = f"Bitte geben Sie höchstens {limit} Zeichen ein."
        self.values[name] = value

    def choice(self, name: str, choices: Collection[str], missing: str) -> None:
        """One of the values offered."""
        value = self.take(name, 100)
        self.values[name] = value
        if value not in choices:
            self.errors[name] = missing

    def day(self, name: str, days: int, missing: str) -> None:
        """A date from today on, at most so many days ahead."""
        value = self.take(name, 20)
        self.values[name] = value
        try:
            chosen = date.fromisoformat(value)
        except ValueError:
            self.errors[name] = missing
            return
        self.values[name] = chosen.isoformat()
        if not today() <= chosen <= today() + timedelta(days=days):
            self.errors[name] = (
                "Bitte wählen Sie einen Tag ab heute und in den nächsten drei Jahren."
            )

    def take(self, name: str, limit: int) -> str:
        """The value as sent, cut where it is too long for anything sensible."""
        return self.sent.get(name, "")[: limit + 1].strip()
