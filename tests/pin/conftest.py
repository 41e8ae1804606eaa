"""A register with four businesses, and two people who are signed in."""

import pytest

from idp.accounts.sessions import SignedIn
from idp.core import Core
from tests.pin import situations


@pytest.fixture
def registered(core: Core) -> Core:
    """A core whose register is filled."""
    situations.register(core)
    return core


@pytest.fixture
def anna(registered: Core) -> SignedIn:
    return situations.person(registered, "Anna")


@pytest.fixture
def bert(registered: Core) -> SignedIn:
    return situations.person(registered, "Bert", locale="en")
