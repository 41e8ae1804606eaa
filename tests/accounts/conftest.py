"""Verbs on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp.core import Core
from tests import people


@pytest.fixture
def both_core(both_app: Flask) -> Iterator[Core]:
    with both_app.app_context():
        yield people.core_of(both_app)
