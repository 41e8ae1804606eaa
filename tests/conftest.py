"""The house in tests: settings, a core with a movable clock, a browser, both databases."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from joserfc.jwk import RSAKey

from idp.app import create_app
from idp.clock import Clock
from idp.core import Core
from idp.db import Base
from idp.settings import Settings, load
from idp.web.house import NAME
from tests import people
from tests.browser import Browser
from tests.people import Member, Postbox
from tests.postgresql import Cluster
from tests.writing import only_in_transactions

CI = os.environ.get("CI") == "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long matrix too")


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL cluster a run: the controller starts it, the workers find it."""
    draw_examples(anew=not CI or config.getoption("--full"))
    if not hasattr(config, "workerinput") and "TEST_POSTGRESQL" not in os.environ:
        cluster = Cluster.start()
        config.stash[CLUSTER] = cluster
        if cluster:
            os.environ["TEST_POSTGRESQL"] = cluster.url


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(CLUSTER, None)
    if cluster:
        cluster.stop()
        del os.environ["TEST_POSTGRESQL"]


def draw_examples(anew: bool) -> None:
    """Let a change be judged by what it changes: the same examples each time, unless `anew`.

    A shared machine may be slow at any moment; what must be quick has tests of its own.
    """
    hypothesis.settings.register_profile("house", deadline=None, derandomize=not anew)
    hypothesis.settings.load_profile("house")


CLUSTER: pytest.StashKey[Cluster | None] = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Count a skipped test as a failure where it must run."""
    outcome = yield
    report = outcome.get_result()
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which is not allowed here: {report.longrepr}"


class MovableClock(Clock):
    """Real time plus what a test has moved it by; `time.time` goes along."""

    real = staticmethod(time.time)

    def __init__(self) -> None:
        self.offset = 0.0

    def timestamp(self) -> float:
        return self.real() + self.offset

    def advance(self, **duration: float) -> datetime:
        """Move by `hours=2`, `minutes=5` and the like."""
        self.offset += timedelta(**duration).total_seconds()
        return self.now()

    def freeze(self) -> None:
        """Stand still from now on, but for `advance`."""
        moment = self.real()
        self.real = lambda: moment  # type: ignore[method-assign]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    moved = MovableClock()
    monkeypatch.setattr(time, "time", moved.timestamp)
    return moved


def named(key: RSAKey, parameters: dict[str, str] | None = None) -> RSAKey:
    """Return the key with the parameters that were asked for."""
    return RSAKey.import_key(key.as_dict(private=True), parameters) if parameters else key


@pytest.fixture(scope="session", autouse=True)
def one_rsa_key() -> Iterator[None]:
    """Draw one RSA key a run: making one takes longer than most tests."""
    key = RSAKey.generate_key(3072)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RSAKey, "generate_key", lambda *given, **_: named(key, *given[1:2]))
        yield


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own IDP_… variables out of the tests."""
    for name in list(os.environ):
        if name.startswith("IDP_"):
            monkeypatch.delenv(name)


def settings_for(folder: Path, url: str | None = None, **more: object) -> Settings:
    """Return profile B with cheap hashes and everything it writes below `folder`."""
    overrides: dict[str, object] = {
        "database": {"url": url or f"sqlite:///{folder}/idp.sqlite"},
        "keys": {"dir": str(folder / "keys")},
        "password": {"argon2_memory_kib": 8, "argon2_time": 1},
        "pin": {"folder": str(folder / "letters")},
        "limits": {"per_ip": "off", "mails": 1000},
        **more,
    }
    return load("b", overrides)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


def own_context(app: Flask) -> Callable[..., Any]:
    """Give each request an application context of its own, as a server does.

    Inside a context that a test has pushed, Flask would reuse that one, and its `g`.
    """
    inner = app.wsgi_app

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with app.app_context():
            return inner(environ, start_response)

    return answer


def built(settings: Settings, clock: Clock) -> Flask:
    """Return the application on an empty database with all tables."""
    app = create_app(settings, clock=clock)
    app.testing = False
    app.wsgi_app = own_context(app)  # type: ignore[method-assign]
    with app.app_context():
        db = app.extensions["sqlalchemy"]
        Base.metadata.create_all(db.engine)
        only_in_transactions(db.engine)
    return app


@pytest.fixture
def app(settings: Settings, clock: MovableClock) -> Iterator[Flask]:
    app = built(settings, clock)
    yield app
    dispose(app)


def dispose(app: Flask) -> None:
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def core(app: Flask) -> Iterator[Core]:
    with app.app_context():
        yield app.extensions[NAME].core


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """A database of its own on the run's cluster."""
    url = os.environ.get("TEST_POSTGRESQL")
    if not url:
        pytest.skip("no PostgreSQL server on this machine")
    with Cluster.database(url) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def both_app(
    request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock
) -> Iterator[Flask]:
    """The application on a SQLite file, then on PostgreSQL."""
    sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{tmp_path}/idp.sqlite" if sqlite else request.getfixturevalue("postgresql_url")
    )
    app = built(settings_for(tmp_path, url), clock)
    yield app
    dispose(app)


@pytest.fixture
def postbox(app: Flask) -> Postbox:
    """Every mail that was sent."""
    return Postbox(app)


@pytest.fixture
def account(app: Flask) -> Member:
    """An active account with a password."""
    return people.member(app)


@pytest.fixture
def signed_in(browser: Browser, account: Member) -> Browser:
    """The account's owner at a browser."""
    assert account.sign_in(browser).path == "/account"
    return browser
