"""Nothing personal: no names, no parts of the e-mail address, not the name of this service."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject


@dataclass(frozen=True)
class Personal:
    """None of the subject's words of at least `shortest` letters, in any case."""

    shortest: int = 4

    def __call__(self, password: str, subject: Subject) -> Iterator[Problem]:
        """Yield one problem; it never repeats the word."""
        text = password.casefold()
        words = (unicodedata.normalize("NFC", word).casefold() for word in subject.words)
        parts = {part for word in words for part in re.split(r"[\W_]+", word)}
        if any(part in text for part in parts if len(part) >= self.shortest):
            yield Problem("personal")

    def advice(self) -> Problem:
        """Tell what counts as personal."""
        return Problem("personal")
