"""A PIN typed where a password is asked for: both came from us, and people mix them up."""

from collections.abc import Iterator
from contextlib import contextmanager

from idp.errors import WrongCredentials
from idp.pin.code import looks_like_pin


@contextmanager
def told_from_pin(password: str) -> Iterator[None]:
    """Say so when a wrong password looks like a PIN."""
    try:
        yield
    except WrongCredentials as wrong:
        if looks_like_pin(password):
            raise WrongCredentials("pin_as_password") from wrong
        raise
