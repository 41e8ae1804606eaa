"""No password that is on the lists of leaked ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject
from idp.policy.lists import FEW, leaked
from idp.policy.spelling import spellings

# Digits and signs at the end, behind a word of so many letters.
WORD = 4
BEHIND = re.compile(r"[\W\d_]+$")


@dataclass(frozen=True)
class Common:
    """Not on a list, in any case, umlauts written out or not.

    The lists hold nothing shorter than `shortest` that any preset would take. Of short passwords
    they do not have every one with a number behind it: there the word before the number counts.
    """

    shortest: int = 6

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield common."""
        if len(password) < self.shortest or not _writable(password):
            return
        forms = {password, password.lower(), *spellings(password)}
        if len(password) < FEW:
            forms |= {word for form in forms if len(word := BEHIND.sub("", form)) >= WORD}
        if any(leaked(form) for form in forms):
            yield Problem("common")

    def advice(self) -> Problem:
        """Tell that there are lists."""
        return Problem("common")


def _writable(text: str) -> bool:
    """Tell whether UTF-8 can write a text; one with half a surrogate pair is on no list."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
