"""Processes that share a database and key files, and the rotation of their keys."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from idp.core import Core
from idp.errors import Refused
from idp.oauth import rotation
from idp.oauth.tokens import Tokens
from idp.web.house import NAME
from tests.conftest import MovableClock


@dataclass
class House:
    """One process."""

    app: Flask

    @property
    def core(self) -> Core:
        found: Core = self.app.extensions[NAME].core
        return found

    @property
    def tokens(self) -> Tokens:
        found: Tokens = self.app.extensions["idp.oauth"].tokens
        return found

    def jwks(self) -> dict[str, dict[str, str]]:
        """Return what it publishes, by kid."""
        response = self.app.test_client().get("/oauth/jwks", base_url=self.core.settings.issuer)
        return {key["kid"]: key for key in (response.json or {})["keys"]}

    def signs_with(self, alg: str = "ES256") -> str:
        with self.app.app_context():
            return self.tokens.keys.signer(alg).kid


def kid_of(core: Core, state: str, alg: str = "ES256") -> str:
    """Return the name of the key in a state."""
    [kid] = [key.kid for key in rotation.stored(core) if (key.alg, key.state) == (alg, state)]
    return kid


def refusal(work: Callable[[], object]) -> Refused:
    """Return why something was refused."""
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def rotated(core: Core, clock: MovableClock) -> str:
    """Wait and rotate, and wait until everybody has noticed; returns the retired kid."""
    old = kid_of(core, "active")
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    rotation.rotate(core)
    clock.advance(seconds=31)
    return old
