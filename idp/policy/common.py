"""No password that is on the lists of leaked ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject
from idp.policy.lists import leaked
from idp.policy.spelling import spellings


@dataclass(frozen=True)
class Common:
    """Not on a list, in any case, umlauts written out or not.

    The lists hold nothing shorter than `shortest` that any preset would take.
    """

    shortest: int = 6

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield common."""
        if len(password) < self.shortest or not _writable(password):
            return
        if any(leaked(form) for form in {password, password.lower(), *spellings(password)}):
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
