"""A member with a password, and portals to sign in to."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from idp.accounts.models import Account, State
from idp.accounts.people import email_key
from idp.core import Core
from idp.web.house import NAME
from tests.browser import Browser
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
