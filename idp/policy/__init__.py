"""Password rules: pure functions of a password and its owner's words, run in order.

Each rule is a module here and a thing in the slot `password_rules`; the lists that profiles
choose by name are in `presets.py`. Hashing is elsewhere (`idp/hashing.py`).
"""

import unicodedata
from dataclasses import dataclass

from idp.errors import WeakPassword
from idp.plugins import PasswordRule, Problem, Subject


def normal(password: str) -> str:
    """Return the one spelling that is judged, hashed and verified (NFC)."""
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True)
class Policy:
    """The rules of this installation."""

    rules: tuple[PasswordRule, ...]

    def problems(self, password: str, subject: Subject) -> tuple[Problem, ...]:
        """Return everything that is wrong with `password`, in the order of the rules."""
        text = normal(password)
        return tuple(problem for rule in self.rules for problem in rule(text, subject))

    def require(self, password: str, subject: Subject) -> None:
        """Raise WeakPassword with every problem, if there is one."""
        problems = self.problems(password, subject)
        if problems:
            raise WeakPassword(problems)

    def advice(self) -> tuple[Problem, ...]:
        """Return the sentences shown before input."""
        sentences = (rule.advice() for rule in self.rules)
        return tuple(sentence for sentence in sentences if sentence)
