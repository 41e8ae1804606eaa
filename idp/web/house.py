"""The one thing hung on the Flask application: the core and what the doors need beside it."""

import hashlib
from dataclasses import dataclass

from flask import current_app
from itsdangerous import Signer, URLSafeSerializer

from idp.core import Core

NAME = "idp"


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

    def sealed(self, purpose: str) -> URLSafeSerializer:
        """Return a serializer for values that travel with the browser."""
        return URLSafeSerializer(
            self.core.vault.cookie_key,
            salt=f"idp.{purpose}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )


def house() -> House:
    """Return the house of the running application."""
    found: House = current_app.extensions[NAME]
    return found


def core() -> Core:
    """Return the core of the running application."""
    return house().core
