"""Secrets at rest: the key files, sealing with the row's id inside, and fingerprints.

Key files are made at first start, mode 0600, outside the database (`keys.dir`):
`vault.key` (Fernet keys, newest first, one a line), `pepper.key` and `cookie.key`.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from idp.clock import Chance

FILES = ("vault.key", "pepper.key", "cookie.key")


class SealBroken(Exception):
    """A sealed value was changed, belongs to another row, or its key is gone."""


@dataclass(frozen=True)
class Vault:
    """Seals values for one row each and fingerprints opaque tokens; its keys stay out of logs."""

    fernet: MultiFernet = field(repr=False)
    pepper: bytes = field(repr=False)
    cookie_key: str = field(repr=False)

    def seal(self, place: str, value: bytes) -> str:
        """Encrypt `value` for the row named `place`, for example `outbox:4f1c`."""
        name = place.encode()
        return self.fernet.encrypt(len(name).to_bytes(2) + name + value).decode()

    def open(self, place: str, sealed: str) -> bytes:
        """Return what was sealed for `place`.

        Raises SealBroken when the text is forged or was moved from another row.
        """
        try:
            plain = self.fernet.decrypt(sealed.encode())
        except InvalidToken as error:
            raise SealBroken(place) from error
        name = place.encode()
        end = 2 + int.from_bytes(plain[:2])
        if not hmac.compare_digest(plain[2:end], name):
            raise SealBroken(place)
        return plain[end:]

    def peppered(self, value: str) -> str:
        """Return a keyed digest to be hashed slowly: useless without the key file."""
        return hmac.new(self.pepper, value.encode(), hashlib.sha256).hexdigest()


def fingerprint(token: str) -> str:
    """Return the SHA-256 of an opaque random token, as stored in the database."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make_files(folder: Path, chance: Chance) -> None:
    """Create the key files that are missing; existing ones are never touched."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in FILES:
        key = base64.urlsafe_b64encode(base64.urlsafe_b64decode(chance.token(32) + "="))
        # Written whole under another name first: two processes starting at once must
        # agree on one key, and `link` fails for the second.
        fresh = folder / f".{name}.{chance.token(8)}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key + b"\n")
        try:
            (folder / name).hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()


def load(folder: Path) -> Vault:
    """Return the Vault of the key files in `folder`; raises FileNotFoundError without them."""
    vault, pepper, cookie = ((folder / name).read_text().split() for name in FILES)
    return Vault(
        fernet=MultiFernet([Fernet(key) for key in vault]),
        pepper=base64.urlsafe_b64decode(pepper[0]),
        cookie_key=cookie[0],
    )
