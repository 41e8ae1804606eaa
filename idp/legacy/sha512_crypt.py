"""sha512-crypt (`$6$`), as Linux stores passwords.

Python's own `crypt` is gone with 3.13, and the packages that replace it call the C library of the
machine, which not every machine has. Written from Ulrich Drepper's specification, whose published
examples are the tests.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha512

from idp.plugins import HashRefused

FORM = re.compile(r"\$6\$(?:rounds=([0-9]{1,10})\$)?([^$:\s]{0,16})\$([./0-9A-Za-z]{86})")
SIGNS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DEFAULT, LEAST, MOST = 5000, 1000, 1_000_000
# A password beyond this is none of a person; the first steps grow with the square of its length.
BYTES = 1024


@dataclass(frozen=True)
class Sha512Crypt:
    """The importer `sha512-crypt`."""

    def read(self, value: str) -> str | None:
        """Return the hash as it is."""
        if not value.startswith("$6$"):
            return None
        form = FORM.fullmatch(value)
        rounds = int(form[1] or DEFAULT) if form else 0
        if rounds < LEAST:
            raise HashRefused("hash_invalid")
        if rounds > MOST:
            raise HashRefused("hash_costly")
        return value

    def verify(self, stored: str, password: str) -> bool:
        """Compute the digest again and compare."""
        form = FORM.fullmatch(stored)
        data = password.encode()
        if form is None or len(data) > BYTES:
            return False
        digest = crypted(data, form[2].encode(), int(form[1] or DEFAULT))
        return hmac.compare_digest(digest, form[3])


def crypted(password: bytes, salt: bytes, rounds: int) -> str:
    """Return the 86 signs; the numbers are the steps of the specification."""
    digest = _first(password, salt)  # 1-12
    p = _stretched(sha512(password * len(password)).digest(), len(password))  # 13-16
    s = _stretched(sha512(salt * (16 + digest[0])).digest(), len(salt))  # 17-20
    # 21: a round begins with the digest or ends with it; which of these forms depends on its
    # number modulo 2, 3 and 7, so that they repeat after 42.
    forms = []
    for number in range(42):
        middle = (s if number % 3 else b"") + (p if number % 7 else b"")
        forms.append((p + middle, b"") if number % 2 else (b"", middle + p))
    for number in range(rounds):
        before, after = forms[number % 42]
        digest = sha512(before + digest + after).digest()
    return _written(digest)  # 22


def _first(password: bytes, salt: bytes) -> bytes:
    other = sha512(password + salt + password).digest()  # 4-8
    begun = sha512(password + salt + _stretched(other, len(password)))  # 1-3, 9-10
    bits = len(password)
    while bits:  # 11
        begun.update(other if bits & 1 else password)
        bits >>= 1
    return begun.digest()


def _stretched(digest: bytes, size: int) -> bytes:
    return (digest * (size // 64 + 1))[:size]


def _written(digest: bytes) -> str:
    """Return the digest in the specification's own Base64: three bytes at a time, low bits first.

    The bytes are 0, 21, 42, then 22, 43, 1: each triple is the one before, turned and moved on.
    """
    signs: list[str] = []
    triple = (0, 21, 42)
    for _ in range(21):
        signs += _signs(int.from_bytes(bytes(digest[place] for place in triple)), 4)
        triple = (triple[1] + 1, triple[2] + 1, triple[0] + 1)
    return "".join(signs + _signs(digest[63], 2))


def _signs(number: int, count: int) -> list[str]:
    return [SIGNS[number >> 6 * place & 63] for place in range(count)]
