"""Runs: alphabet, digits, repeated signs, keyboard rows; both ways, in any case, inside words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from idp.plugins import Problem, Subject

ALPHABET = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890")
KEYBOARDS = (
    "qwertzuiopü", "asdfghjklöä", "yxcvbnm",  # German
    "qwertyuiop", "asdfghjkl", "zxcvbnm",  # US
)  # fmt: skip


def steps(rows: tuple[str, ...]) -> tuple[frozenset[tuple[str, str]], ...]:
    """Return, for each row and direction, the pairs of neighbours."""
    both = [direction for row in rows for direction in (row, row[::-1])]
    return tuple(frozenset(pairwise(row)) for row in both)


def folded(password: str) -> str:
    """Return small letters, sign by sign: `İ` would become two, and every place after it wrong."""
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in password)


def runs(password: str, rows: tuple[str, ...], shortest: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of every run of at least `shortest` signs, repeated signs included."""
    signs = folded(password)
    same = frozenset((sign, sign) for sign in signs)
    for pairs in (*steps(rows), same):
        begin = 0
        for end in range(1, len(signs) + 1):
            if end < len(signs) and (signs[end - 1], signs[end]) in pairs:
                continue
            if end - begin >= shortest:
                yield begin, end
            begin = end


@dataclass(frozen=True)
class Sequences:
    """No run of `run` signs or more.

    From `bypass` code points on a run is no reason to refuse, it merely does not count: what is
    left when every run shrinks to one sign must still have `rest` signs.
    """

    run: int = 4
    keyboard: bool = True
    bypass: int = 15
    rest: int = 12

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield one problem that names the longest run."""
        rows = ALPHABET + KEYBOARDS if self.keyboard else ALPHABET
        found = list(runs(password, rows, self.run))
        if not found:
            return
        if self.bypass and len(password) >= self.bypass:
            wasted = {place for begin, end in found for place in range(begin + 1, end)}
            if len(password) - len(wasted) >= self.rest:
                return
        begin, end = max(found, key=lambda run: run[1] - run[0])
        # Three signs are enough to recognise it; more would show the password.
        shown = password[begin : min(end, begin + 3)]
        yield Problem("repeat" if len(set(shown.casefold())) == 1 else "sequence", {"run": shown})

    def advice(self) -> Problem:
        """Tell the length of a forbidden run."""
        return Problem("sequences", {"run": self.run})
