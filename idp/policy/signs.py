"""Signs that deceive the eye: invisible ones are refused, of look-alikes a person is told."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Letters and marks by their category that nobody can see.
FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Part of many emoji, and of Persian and Indian words; behind our own letters nobody sees them.
JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
KEYCAP = "\u20e3"
ALIKE = ("O0", "Il1|")
SCRIPTS = {"LATIN", "GREEK", "CYRILLIC"}


def invisible(text: str, at: int) -> bool:
    """Tell whether nobody can see the sign at this place, and so not type it again."""
    sign = text[at]
    if JOINERS.match(sign):
        return at == 0 or (_plain(text[at - 1]) and text[at + 1 : at + 2] != KEYCAP)
    return unicodedata.category(sign) in HIDDEN or sign in FILLERS


def _plain(sign: str) -> bool:
    """Tell whether it is a sign that nothing can be joined to."""
    return sign.isascii() or unicodedata.name(sign, "").startswith("LATIN")


@dataclass(frozen=True)
class Signs:
    """No sign that nobody can see: it comes with copy and paste."""

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield invisible."""
        if any(invisible(password, at) for at in range(len(password))):
            yield Problem("invisible")

    def advice(self) -> None:
        """Say nothing before input: nobody does it on purpose."""
        return


def lookalikes(password: str) -> Iterator[Problem]:
    """Yield what may be mixed up later; no reason to refuse, worth a word while typing."""
    if any(len(set(group).intersection(password)) > 1 for group in ALIKE):
        yield Problem("lookalikes")
    letters = {sign for sign in password if sign.isalpha()}
    scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in letters}
    if len(scripts & SCRIPTS) > 1:
        yield Problem("scripts")
