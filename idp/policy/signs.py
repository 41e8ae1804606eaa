"""Signs that deceive the eye: invisible ones are refused, of look-alikes a person is told."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Letters and marks by their category that nobody can see.
FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Part of many emoji, and of Persian and Indian words.
JOINERS = frozenset("\u200c\u200d")
ALIKE = ("O0", "Il1|")
SCRIPTS = {"LATIN", "GREEK", "CYRILLIC"}


def invisible(sign: str) -> bool:
    """Tell whether nobody can see this sign, and so not type it again."""
    hidden = unicodedata.category(sign) in HIDDEN and sign not in JOINERS
    return hidden or sign in FILLERS


@dataclass(frozen=True)
class Signs:
    """No sign that nobody can see: it comes with copy and paste."""

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield invisible."""
        if any(invisible(sign) for sign in password):
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
