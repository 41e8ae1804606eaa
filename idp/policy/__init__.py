"""Password rules: pure functions of a password and its owner's words, run in order.

Each rule is a module here and a thing in the slot `password_rules`; the lists that profiles
choose by name are in `presets.py`, the data behind them in `lists.py`. Hashing is elsewhere
(`idp/hashing.py`), and so is what a password is compared with outside (`idp/accounts/leaks.py`).
"""

import unicodedata
from dataclasses import dataclass

from idp.errors import WeakPassword
from idp.plugins import PasswordRule, Problem, Subject

# Several times what any rule takes. Normalising is quadratic for a run of marks: the rest of a
# hostile megabyte is not looked at.
LIMIT = 2048


def normal(password: str) -> str:
    """Return the one spelling that is judged, hashed and verified (NFC)."""
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True)
class Verdict:
    """What one rule says: the sentence shown before input, if it has one, and what is wrong."""

    advice: Problem | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Policy:
    """The rules of this installation."""

    rules: tuple[PasswordRule, ...]

    def verdicts(self, password: str, subject: Subject) -> tuple[Verdict, ...]:
        """Return what each rule says about `password`, in order."""
        text = normal(password[:LIMIT])
        return tuple(Verdict(rule.advice(), tuple(rule(text, subject))) for rule in self.rules)

    def problems(self, password: str, subject: Subject) -> tuple[Problem, ...]:
        """Return everything that is wrong with `password`, in the order of the rules."""
        verdicts = self.verdicts(password, subject)
        return tuple(problem for verdict in verdicts for problem in verdict.problems)

    def require(self, password: str, subject: Subject) -> None:
        """Raise WeakPassword with every problem, if there is one."""
        problems = self.problems(password, subject)
        if problems:
            raise WeakPassword(problems)

    def advice(self) -> tuple[Problem, ...]:
        """Return the sentences shown before input."""
        sentences = (rule.advice() for rule in self.rules)
        return tuple(sentence for sentence in sentences if sentence)
