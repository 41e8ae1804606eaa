"""Nothing personal: no names, addresses, numbers or dates of the person, nor of this house."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from idp.plugins import Problem, Subject
from idp.policy.spelling import folded, readings, spellings

# By their first letters, as they stand in a text whose umlauts are bare or written out.
MONTHS = (("jan",), ("feb",), ("mar", "mae"), ("apr",), ("mai", "may"), ("jun",), ("jul",),
          ("aug",), ("sep",), ("okt", "oct"), ("nov",), ("dez", "dec"))  # fmt: skip
SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Personal:
    """None of the subject's words of at least `shortest` letters, and none of its dates.

    Case, umlauts and accents, and the digits that people write for letters make no difference.
    From `bypass` code points on (0: never) words of fewer than `inside` letters count only as whole
    words: a passphrase may hold a Kalender though its owner's name is Ende.
    """

    shortest: int = 4
    bypass: int = 15
    inside: int = 6

    def __call__(self, password: str, subject: Subject) -> Iterator[Problem]:
        """Yield one problem for words and one for dates; they never repeat them."""
        whole = 0 < self.bypass <= len(password)
        found = [
            _alone(word)
            if whole and len(word) < self.inside and word.isalpha()
            else re.escape(word)
            for word in words(subject, self.shortest)
        ]
        if found and any(re.search("|".join(found), text) for text in readings(password)):
            yield Problem("personal")
        run_together = {SEPARATORS.sub("", spelled) for spelled in spellings(password)}
        if any(day in text for text in run_together for day in days(subject)):
            yield Problem("birthdate")

    def advice(self) -> Problem:
        """Tell what counts as personal."""
        return Problem("personal")


def _alone(word: str) -> str:
    return rf"(?<![^\W\d_]){word}(?![^\W\d_])"


def words(subject: Subject, shortest: int) -> frozenset[str]:
    """Return the parts of the subject's words, and each word as one, in all spellings."""
    return frozenset(
        spelled
        for word in subject.words
        for part in (*SEPARATORS.split(folded(word)), SEPARATORS.sub("", folded(word)))
        for spelled in spellings(part)
        if len(spelled) >= shortest
    )


def days(subject: Subject) -> frozenset[str]:
    """Return the subject's dates as people write them, without what stands between."""
    return frozenset(spelled for day in subject.dates for spelled in _spelled(day))


def _spelled(moment: date) -> Iterator[str]:
    year, short = f"{moment.year:04}", f"{moment.year % 100:02}"
    for form in ("02", "01"):
        day, month = format(moment.day, form), format(moment.month, form)
        yield from (day + month + year, month + day + year, year + month + day, year + day + month)
        if len(day + month) > 2:
            # Else it would be four digits, which mean too much.
            yield from (day + month + short, short + month + day)
        yield from (day + name for name in MONTHS[moment.month - 1])
