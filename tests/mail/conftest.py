"""A real mail server, on a free port."""

from collections.abc import Iterator

import pytest

from tests.mail.server import Postbox


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box
