"""argon2 of any type and parameters, as PHC string, as Django or as Keycloak writes it."""

import re
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp.legacy import credential
from idp.legacy.credential import Credential, bare
from idp.plugins import HashRefused

KIND = re.compile(r"(?:argon2)?\$argon2(?:id|i|d)\$")
FORM = re.compile(
    r"\$argon2(?:id|i|d)(?:\$v=(?:16|19))?\$m=([0-9]{1,10}),t=([0-9]{1,10}),p=([0-9]{1,10})"
    r"\$[A-Za-z0-9+/]{8,128}\$[A-Za-z0-9+/]{22,512}"
)
# KiB, passes, lanes: more than any reasonable setting, less than what stops a machine.
MOST = (1_048_576, 10, 16)
# KiB times passes, which is what takes the time: about a second and a half.
MOST_WORK = 1_048_576


@dataclass(frozen=True)
class Argon2:
    """The importer `argon2`."""

    def read(self, value: str) -> str | None:
        """Return the PHC string."""
        found = credential.read(value, ("argon2",))
        encoded = _composed(found) if found else value
        if not KIND.match(encoded):
            return None
        # Django writes the name of the method in front.
        encoded = encoded.removeprefix("argon2")
        form = FORM.fullmatch(encoded)
        memory, passes, lanes = (int(number) for number in form.groups()) if form else (0, 0, 0)
        if passes < 1 or lanes < 1 or memory < 8 * lanes:
            raise HashRefused("hash_invalid")
        over = any(one > most for one, most in zip((memory, passes, lanes), MOST, strict=True))
        if over or memory * passes > MOST_WORK:
            raise HashRefused("hash_costly")
        return encoded

    def verify(self, stored: str, password: str) -> bool:
        """Verify; the parameters stand in the string."""
        try:
            return PasswordHasher().verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _composed(found: Credential) -> str:
    more = found.parameters
    kind, version = more.get("type", "id"), more.get("version", "1.3")
    numbers = f"m={more.get('memory', '')},t={found.iterations},p={more.get('parallelism', '')}"
    version = {"1.0": "16", "1.3": "19"}.get(version, "?")
    return f"$argon2{kind}$v={version}${numbers}${bare(found.salt)}${bare(found.value)}"
