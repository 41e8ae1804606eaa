"""The PIN as a word: how it is made up, spelled and read back.

Pure functions over text. The alphabet has no signs that look alike on paper. Twelve symbols: a
selector of three, which finds the row together with the number, a secret of eight, which alone
proves anything, and one check symbol.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from idp.errors import WrongPin

ALPHABET = "23456789ACDEFHJKMNPRTWX"
LENGTH = 12
_SELECTOR = 3
_SECRET = 8
_GROUP = 4

# What people write for a sign that does occur. O, 0, Q and 1, I, L resemble only each other, and
# for U, V, Y no sign of ours comes near: they get no hint.
_LOOKALIKES = {"B": "8", "G": "6", "S": "5", "Z": "2"}

# Separators beyond the Unicode classes of blanks, dashes and invisible characters, that fingers,
# word processors and scanners put between groups.
_DROPPED_CLASSES = {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"}
_DROPPED_SIGNS = frozenset("./\\_·•‧∙⋅・。．｡⁄∕−⁃\u034f\u115f\u1160\u2800\ufe0e\ufe0f")


@dataclass(frozen=True)
class Pin:
    """One PIN in its parts; the secret stays out of logs and tracebacks."""

    selector: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The PIN as the letter shows it, in three groups: K7MP-3TXA-9R4K."""
        signs = self.selector + self.secret
        signs += _check(signs)
        return "-".join(signs[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def make(choose: Callable[[int], int]) -> Pin:
    """Draw a PIN; `choose(n)` gives an unforeseeable number from 0 to n - 1."""
    signs = "".join(ALPHABET[choose(len(ALPHABET))] for _ in range(_SELECTOR + _SECRET))
    return Pin(signs[:_SELECTOR], signs[_SELECTOR:])


def read(typed: str) -> Pin:
    """Read a PIN however it is spelled, or raise `WrongPin` with what to tell the person.

    A wrong check symbol is a typing error found without a look at any row, so it costs no try.
    """
    signs = _normalised(typed)
    for sign in signs:
        if sign not in ALPHABET:
            raise WrongPin("pin_sign", sign=sign, hint=_LOOKALIKES.get(sign, ""))
    if len(signs) != LENGTH:
        raise WrongPin("pin_length", expected=LENGTH, got=len(signs))
    if _weighed(signs):
        raise WrongPin("pin_typo")
    return Pin(signs[:_SELECTOR], signs[_SELECTOR:-1])


def looks_like_pin(text: str) -> bool:
    """Whether this is a well-formed PIN, to help who types it where the password belongs."""
    try:
        read(text)
    except WrongPin:
        return False
    return True


def _check(signs: str) -> str:
    """The symbol that brings the weighted sum of all twelve to zero."""
    weight = len(signs) + 1
    return ALPHABET[-_weighed(signs) * pow(weight, -1, len(ALPHABET)) % len(ALPHABET)]


def _weighed(signs: str) -> int:
    """The sum of the symbols' places in the alphabet, weighted 1 to n from the left, modulo 23.

    23 is prime and no two weights are congruent, so one wrong symbol or one swap of two different
    symbols always changes it.
    """
    places = (ALPHABET.index(sign) for sign in signs)
    return sum(weight * place for weight, place in enumerate(places, 1)) % len(ALPHABET)


def _normalised(typed: str) -> str:
    """Capitals without separators; full-width and other compatibility forms become plain ones."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).upper())
    return "".join(sign for sign in plain if not _dropped(sign))


def _dropped(sign: str) -> bool:
    return sign in _DROPPED_SIGNS or unicodedata.category(sign) in _DROPPED_CLASSES
