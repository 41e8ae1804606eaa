"""Not too short, accepted whole up to a limit, and no blank at either end."""

from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject


@dataclass(frozen=True)
class Length:
    """Between `minimum` and `maximum` code points (NIST SP 800-63B-4 §3.1.1.2 counts them so)."""

    minimum: int = 12
    maximum: int = 256

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield too_short or too_long."""
        if len(password) < self.minimum:
            yield Problem("too_short", {"length": self.minimum})
        if len(password) > self.maximum:
            yield Problem("too_long", {"length": self.maximum})

    def advice(self) -> Problem:
        """Tell the minimum."""
        return Problem("length", {"minimum": self.minimum})


@dataclass(frozen=True)
class Edges:
    """No white space at either end: it comes with copy and paste, and nobody sees it.

    Sign-in therefore may verify the trimmed form alone.
    """

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield blank_edges."""
        if password != password.strip():
            yield Problem("blank_edges")

    def advice(self) -> None:
        """Say nothing before input: hardly anybody does it on purpose."""
        return
