"""The one thing hung on the Flask application: the core and what the doors need beside it."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, Signer

from idp.core import Core

NAME = "idp"
# No value of ours comes near: addresses, names of applications, five keyed digests.
LONGEST = 4096


@dataclass(frozen=True)
class House:
    """Built by `app.py`, found by `house()`."""

    core: Core
    demo: bool = False

    def signer(self, purpose: str) -> Signer:
        """Return a signer for one purpose; its signatures mean nothing elsewhere."""
        return Signer(
            self.core.vault.cookie_key, salt=f"idp.{purpose}", digest_method=hashlib.sha256
        )

    def seal(self, purpose: str, value: object) -> str:
        """Return a JSON value, signed, to travel with the browser."""
        plain = base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
        return self.signer(purpose).sign(plain).decode()

    def opened(self, purpose: str, text: str | None) -> Any:
        """Return what `seal` signed for this purpose; None for anything else.

        Nothing is decoded before the signature holds: a cookie may be made to blow up.
        """
        if not text or len(text) > LONGEST:
            return None
        try:
            plain = self.signer(purpose).unsign(text)
        except BadSignature:
            return None
        return json.loads(base64.urlsafe_b64decode(plain + b"=" * (-len(plain) % 4)))


def house() -> House:
    """Return the house of the running application."""
    found: House = current_app.extensions[NAME]
    return found


def core() -> Core:
    """Return the core of the running application."""
    return house().core
