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
        text = password[:LOOKED_AT]
        # Guessing sign by sign is ten tries a sign there: the lists cannot make it more.
        if len(text) < self.power or guesses(text, words(subject, OWN)) < self.power:
            yield Problem("guessable")

    def advice(self) -> Problem:
        """Tell what is easy to guess."""
        return Problem("strength")
