"""A PIN from the letter is no password: people have typed the one where the other belongs."""

from collections.abc import Iterator
from dataclasses import dataclass

from idp.pin.code import LENGTH, looks_like_pin
from idp.plugins import Problem, Subject


@dataclass(frozen=True)
class NoPin:
    """A password rule: nothing that reads as a well-formed PIN."""

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield pin."""
        # With blanks or dashes between all signs it is twice as long; what is longer is not read.
        if len(password) <= 2 * LENGTH and looks_like_pin(password):
            yield Problem("pin")

    def advice(self) -> None:
        """Say nothing before input: few have a letter at hand."""
        return
