"""Character classes: upper, lower, digit, special."""

from collections.abc import Iterator
from dataclasses import dataclass

from idp.plugins import Problem, Subject


def special(sign: str) -> bool:
    """Tell whether `sign` is neither letter nor digit; umlauts and ß are letters."""
    return not sign.isalpha() and not sign.isdigit()


CLASSES = {
    "missing_upper": str.isupper,
    "missing_lower": str.islower,
    "missing_digit": str.isdigit,
    "missing_special": special,
}


@dataclass(frozen=True)
class Classes:
    """All four classes, unless the password has `bypass` code points or more (0: always)."""

    bypass: int = 15

    def __call__(self, password: str, _subject: Subject) -> Iterator[Problem]:
        """Yield a problem for each class that is missing."""
        if self.bypass and len(password) >= self.bypass:
            return
        for code, holds in CLASSES.items():
            if not any(holds(sign) for sign in password):
                yield Problem(code)

    def advice(self) -> Problem:
        """Tell the classes, and from which length on they do not matter."""
        return (
            Problem("classes", {"bypass": self.bypass})
            if self.bypass
            else Problem("classes_always")
        )
