"""The suite meets an installation: one a file and database; every module is a new browser."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conformance import module_of
from tests.conformance.suite import Module, Provider, provider
from tests.conftest import MovableClock
from tests.postgresql import Cluster


@pytest.fixture(scope="module")
def suite_clock() -> Iterator[MovableClock]:
    """A clock that the modules of a file share, as they share the provider."""
    moved = MovableClock()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IDP_")]:
            patch.delenv(name)
        patch.setattr(time, "time", moved.timestamp)
        yield moved


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/idp.sqlite"
        return
    server = os.environ.get("TEST_POSTGRESQL")
    if not server:
        pytest.skip("no PostgreSQL server on this machine")
    with Cluster.database(server) as url:
        yield url


@pytest.fixture(scope="module")
def running(
    database: str, suite_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Provider]:
    """A seeded installation; what a module does there, the next one finds, as with the suite."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("provider")
        yield stack.enter_context(provider(folder, suite_clock, database))


@pytest.fixture
def mode() -> str | None:
    """The response mode of the plan; None: the default of the response type."""
    return None


@pytest.fixture
def module(request: pytest.FixtureRequest, running: Provider, mode: str | None) -> Module:
    """The module that the test is named after."""
    return Module(running, module_of(request.function.__name__), mode)
