"""What stays locked while something is issued for it: whoever ends it comes before or after."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from idp.accounts import grants
from idp.accounts.grants import Grant
from idp.accounts.models import Account, UserSession
from idp.oauth import store
from idp.oauth.models import Consent
from idp.pin.models import Business, Membership
from idp.web.house import NAME
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.businesses import linked
from tests.oauth.conftest import make_member
from tests.relying_party import Portal

SCOPES = ("openid", "business", "offline_access")


@pytest.fixture
def locking_app(tmp_path: Path, clock: MovableClock, postgresql_url: str) -> Iterator[Flask]:
    """The application on PostgreSQL: SQLite has one writer, and no locks of rows."""
    app = built(settings_for(tmp_path, postgresql_url), clock)
    yield app
    dispose(app)


def probing(app: Flask, table: Any, work: Callable[..., Any], found: list[bool]) -> Any:
    """Do `work`, and note whether another transaction could end a row of `table` just then."""

    def probed(*given: Any, **more: Any) -> Any:
        done = work(*given, **more)
        row = select(table.id).with_for_update(nowait=True, key_share=True)
        with app.extensions["sqlalchemy"].engine.connect() as other:
            try:
                other.execute(row).one()
            except OperationalError:
                found.append(False)
            else:
                found.append(True)
        return done

    return probed


@pytest.mark.parametrize("table", [UserSession, Membership, Business, Consent])
def test_threat_47_what_a_grant_hangs_on_cannot_end_while_it_is_written(
    locking_app: Flask, monkeypatch: pytest.MonkeyPatch, table: Any
) -> None:
    portal = Portal.register(locking_app, scopes=SCOPES, first_party=False)
    with locking_app.app_context():
        core = locking_app.extensions[NAME].core
        member = make_member(core)
        linked(core, member)
    page, free = member.enter(portal, Browser(locking_app)), list[bool]()

    probed = probing(locking_app, table, store.add_grant, free)
    monkeypatch.setattr(store, "add_grant", probed)
    assert portal.caught(lambda: page.send(answer="allow"))["code"]

    assert free == [False]


@pytest.mark.parametrize("refreshed", [False, True])
def test_threat_47_a_grant_cannot_end_while_its_tokens_are_written(
    locking_app: Flask, monkeypatch: pytest.MonkeyPatch, *, refreshed: bool
) -> None:
    portal = Portal.register(locking_app, auth_method="none", scopes=SCOPES)
    with locking_app.app_context():
        member = make_member(locking_app.extensions[NAME].core)
    answer, free = member.sign_in(portal, Browser(locking_app)), list[bool]()
    token = portal.tokens(answer)["refresh_token"] if refreshed else ""

    probed = probing(locking_app, Grant, store.add_refresh, free)
    monkeypatch.setattr(store, "add_refresh", probed)
    response = portal.refresh(token) if refreshed else portal.redeem(answer)

    assert (response.status_code, free) == (200, [False])


def test_a_consent_that_is_taken_back_is_not_given_at_the_same_moment(
    locking_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Portal.register(locking_app, first_party=False)
    with locking_app.app_context():
        member = make_member(locking_app.extensions[NAME].core)
    browser, free = Browser(locking_app), list[bool]()
    page = member.enter(stranger, browser)
    stranger.caught(lambda: page.send(answer="allow"))
    apps = browser.open("/account/apps")

    monkeypatch.setattr(grants, "end", probing(locking_app, Account, grants.end, free))
    form = {**apps.form("csrf_token").fields, "client": stranger.client.id}
    browser.post("/account/apps", form)

    assert free == [False]
