"""PBKDF2 as Django writes it (`pbkdf2_sha256$600000$salt$hash`) and as Keycloak does (JSON)."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from idp.legacy import credential
from idp.legacy.credential import Credential, decoded
from idp.plugins import HashRefused

DIGESTS = {"sha1": 20, "sha256": 32, "sha512": 64}
KEYCLOAK = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}
DJANGO = re.compile(r"pbkdf2_(sha1|sha256)\$([0-9]{1,9})\$([^$\s]{1,256})\$([A-Za-z0-9+/=]{1,128})")
# How it is stored: digest, iterations, salt and hash, these in Base64.
STORED = re.compile(r"(sha1|sha256|sha512)\$([0-9]{1,9})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)")
MOST = 2_000_000


@dataclass(frozen=True)
class Pbkdf2:
    """The importer `pbkdf2`."""

    def read(self, value: str) -> str | None:
        """Return digest, iterations, salt and hash, whoever wrote them."""
        found = _parsed(value)
        if found is None:
            return None
        # Each block of a longer key costs all iterations again.
        blocks = -(-len(found.value) // DIGESTS[found.algorithm])
        # Cut off, it would fit many passwords.
        if found.iterations < 1 or len(found.value) < DIGESTS["sha1"]:
            raise HashRefused("hash_invalid")
        if found.iterations * blocks > MOST:
            raise HashRefused("hash_costly")
        salt, key = (base64.b64encode(part).decode() for part in (found.salt, found.value))
        return f"{found.algorithm}${found.iterations}${salt}${key}"

    def verify(self, stored: str, password: str) -> bool:
        """Derive a key of the same length and compare."""
        found = _parsed(stored)
        if found is None:
            return False
        key = hashlib.pbkdf2_hmac(
            found.algorithm, password.encode(), found.salt, found.iterations, len(found.value)
        )
        return hmac.compare_digest(key, found.value)


def _parsed(value: str) -> Credential | None:
    if form := STORED.fullmatch(value):
        return Credential(form[1], int(form[2]), decoded(form[3]), decoded(form[4]))
    if value.startswith("pbkdf2_"):
        form = DJANGO.fullmatch(value)
        if form is None:
            raise HashRefused("hash_invalid")
        # Django's salt is text, and hashed as such.
        return Credential(form[1], int(form[2]), form[3].encode(), decoded(form[4]))
    found = credential.read(value, KEYCLOAK)
    if found is None:
        return None
    return Credential(KEYCLOAK[found.algorithm], found.iterations, found.salt, found.value)
