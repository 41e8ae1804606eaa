"""Runs: alphabet, digits, keyboard lines, repeated signs; both ways, in any case, inside words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise

from idp.plugins import Problem, Subject
from idp.policy.keyboards import BOARDS, lines

ALPHABET = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890")
NOWHERE: frozenset[int] = frozenset()


def folded(password: str) -> str:
    """Return small letters, sign by sign: `İ` would become two, and every place after it wrong."""
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in password)


@cache
def ways(keyboards: tuple[str, ...]) -> Mapping[str, frozenset[int]]:
    """Return for each pair of neighbours the lines on which one follows the other, both ways."""
    boards = [line for name in keyboards for line in lines(BOARDS[name])]
    both = [way for line in (*ALPHABET, *boards) for way in (line, line[::-1])]
    found: dict[str, set[int]] = {}
    for number, way in enumerate(both):
        for pair in pairwise(way):
            found.setdefault("".join(pair), set()).add(number)
    return {pair: frozenset(numbers) for pair, numbers in found.items()}


def runs(signs: str, keyboards: tuple[str, ...], shortest: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of every run of at least `shortest` signs along one line."""
    begun: dict[int, int] = {}
    for at in range(1, len(signs) + 1):
        going = ways(keyboards).get(signs[at - 1 : at + 1], NOWHERE)
        for way in begun.keys() - going:
            begin = begun.pop(way)
            if at - begin >= shortest:
                yield begin, at
        for way in going:
            begun.setdefault(way, at - 1)


def repeats(signs: str, shortest: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of every place where one sign stands `shortest` times or more."""
    end = 0
    for _, group in groupby(signs):
        begin, end = end, end + len(list(group))
        if end - begin >= shortest:
            yield begin, end


@dataclass(frozen=True)
class Sequences:
    """No run of `run` signs or more, and no sign `repeat` times or more.

    From `bypass` code points on a run is no reason to refuse, it merely does not count: what is
    left when every run shrinks to one sign must still have `rest` signs.
    """

    run: int = 4
    repeat: int = 4
    keyboards: Sequence[str] = tuple(BOARDS)
    bypass: int = 15
    rest: int = 12

    def __post_init__(self) -> None:
        """Refuse keyboards that nobody has."""
        if unknown := set(self.keyboards) - BOARDS.keys():
            known = ", ".join(BOARDS)
            raise ValueError(f"no keyboard {min(unknown)!r}; there are: {known}")

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield one problem that names the longest run."""
        signs = folded(password)
        found = [*runs(signs, tuple(self.keyboards), self.run), *repeats(signs, self.repeat)]
        if not found or self._enough(password, found):
            return
        begin, end = max(found, key=lambda run: run[1] - run[0])
        # Three signs are enough to recognise it; more would show the password.
        shown = password[begin : min(end, begin + 3)]
        yield Problem("repeat" if len(set(folded(shown))) == 1 else "sequence", {"run": shown})

    def _enough(self, password: str, found: list[tuple[int, int]]) -> bool:
        if not self.bypass or len(password) < self.bypass:
            return False
        wasted = {place for begin, end in found for place in range(begin + 1, end)}
        return len(password) - len(wasted) >= self.rest

    def advice(self) -> Problem:
        """Tell the lengths of forbidden runs."""
        facts = {"run": self.run, "repeat": self.repeat}
        return Problem("sequences" if self.keyboards else "sequences_plain", facts)
