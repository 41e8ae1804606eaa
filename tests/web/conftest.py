"""One house for tests that only knock at its doors, and lists of these doors."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp.clock import Clock
from tests.conftest import built, dispose, settings_for


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application that many examples share."""
    app = built(settings_for(tmp_path_factory.mktemp("standing")), Clock())
    yield app
    dispose(app)
