"""Not easy to guess: what zxcvbn thinks of it, with German words and keyboards."""

from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject
from idp.policy.lists import guesses
from idp.policy.personal import words

# Of a longer text only so much is scored: the time grows with the square.
LOOKED_AT = 32
OWN = 3


@dataclass(frozen=True)
class Strength:
    """Stands at least ten to the power of `power` guesses."""

    power: float = 10

    def __call__(self, password: str, subject: Subject) -> Iterator[Problem]:
        """Yield guessable."""
        own = words(subject, OWN)
        # Begin and end: whoever is told to add words adds them there.
        parts = dict.fromkeys((password[:LOOKED_AT], password[-LOOKED_AT:]))
        if not any(self._stands(part, own) for part in parts):
            yield Problem("guessable")

    def _stands(self, text: str, own: frozenset[str]) -> bool:
        # Guessing sign by sign is ten tries a sign there: the lists cannot make it more.
        return len(text) >= self.power and guesses(text, own) >= self.power

    def advice(self) -> Problem:
        """Tell what is easy to guess."""
        return Problem("strength")
