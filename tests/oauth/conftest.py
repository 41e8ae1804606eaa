"""A member with a password, portals to sign in to, and what stands beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings

from idp.accounts.models import Account, State
from idp.accounts.people import email_key
from idp.core import Core
from idp.oauth import rotation
from idp.web.house import NAME
from tests.browser import Browser, Page
from tests.client_keys import ClientKey
from tests.conftest import MovableClock, built, dispose
from tests.oauth.hostile import Attack, Case
from tests.oauth.key_server import KeyServer, Remote, client, keys_of, serving
from tests.oauth.machines import machine
from tests.oauth.rotating import House
from tests.oauth.wire import Wire
from tests.relying_party import Answer, Portal

PASSWORD = "Regenschirm im Mai"


@dataclass
class Member:
    """An active account and what it signs in with."""

    id: str
    email: str
    password: str = PASSWORD

    def sign_in(self, portal: Portal, browser: Browser, **parameters: str | None) -> Answer:
        return portal.sign_in(browser, self.email, self.password, **parameters)

    def enter(self, portal: Portal, browser: Browser, **parameters: str | None) -> Page:
        """Sign in, and stop at the page that comes then."""
        page = portal.start(browser, **parameters)
        return page.send(username=self.email, password=self.password)


def make_member(core: Core, email: str = "erika@example.test") -> Member:
    now = core.clock.now()
    account = Account(
        id=core.chance.token(16), state=State.ACTIVE, email=email, email_key=email_key(email),
        email_verified_at=now, given_name="Erika", family_name="Beispiel", locale="de",
        password_hash=core.hasher.hash(PASSWORD), password_changed_at=now,
        created_at=now, updated_at=now,
    )  # fmt: skip
    with core.writing():
        core.db.add(account)
    return Member(account.id, email)


@pytest.fixture
def member(core: Core) -> Member:
    return make_member(core)


@pytest.fixture
def portal(app: Flask) -> Portal:
    return Portal.register(app)


@pytest.fixture
def offline_portal(app: Flask) -> Portal:
    """A public client that gets refresh tokens."""
    return Portal.register(app, auth_method="none", scopes=("openid", "profile", "offline_access"))


@pytest.fixture
def both_core(both_app: Flask) -> Iterator[Core]:
    with both_app.app_context():
        yield both_app.extensions[NAME].core


@pytest.fixture
def stranger(app: Flask) -> Portal:
    """An application of somebody else."""
    return Portal.register(app, name="Fremde Anwendung", purpose="Kurse buchen", first_party=False)


@pytest.fixture
def robot(app: Flask) -> Portal:
    """A client that acts for itself."""
    return machine(app)


@pytest.fixture
def key_server(tmp_path: Path) -> Iterator[KeyServer]:
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def remote(clock: MovableClock, key_server: KeyServer) -> Remote:
    return Remote(key_server, keys_of(clock, key_server), client(jwks_uri=key_server.uri))


@pytest.fixture
def known_key(remote: Remote) -> ClientKey:
    """The key of a client that was fetched once."""
    key = remote.server.publish()
    assert remote.accepts(key)
    return key


@pytest.fixture
def house(both_app: Flask, both_core: Core) -> House:
    """A process whose keys are ready to be rotated."""
    rotation.prepare(both_core)
    return House(both_app)


@pytest.fixture
def other_house(house: House, clock: MovableClock) -> Iterator[House]:
    """A second process on the same database and key files."""
    app = built(house.core.settings, clock)
    yield House(app)
    dispose(app)


@pytest.fixture
def target(both_app: Flask) -> Portal:
    """A client that strangers know the name of."""
    scopes = ("openid", "profile", "email", "business", "offline_access")
    return Portal.register(both_app, scopes=scopes, first_party=False)


@pytest.fixture
def wire(both_app: Flask, target: Portal) -> Wire:
    return Wire(both_app.test_client(), target.issuer)


@pytest.fixture
def attack(both_app: Flask, request: pytest.FixtureRequest) -> Attack:
    """Run a case with many examples, fewer on PostgreSQL, ten times as many with `--full`."""
    with both_app.app_context():
        many = both_app.extensions["sqlalchemy"].engine.dialect.name == "sqlite"
    examples = (70 if many else 25) * (10 if request.config.getoption("full") else 1)

    def of(**strategies: Any) -> Callable[[Case], None]:
        def run(case: Case) -> None:
            rules = settings(
                max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
            )
            rules(given(**strategies)(case))()

        return run

    return of
