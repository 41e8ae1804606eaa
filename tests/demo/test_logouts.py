"""Only a demo tells applications on this machine without TLS."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp.core import Core
from idp.outbox import Kind, OutboxRow
from idp.web.house import NAME
from idp.worker import logouts
from tests.browser import Browser
from tests.oauth.conftest import make_member
from tests.relying_party import Portal
from tests.told import Told, listening


@pytest.fixture
def told() -> Iterator[Told]:
    with listening(None) as told:
        yield told


def signed_out(app: Flask, told: Told) -> OutboxRow:
    """Sign in to an application at `told`, out again, and deliver; returns the row."""
    core: Core = app.extensions[NAME].core
    portal, browser = Portal.register(app, backchannel_logout_uri=told.url), Browser(app)
    make_member(core).sign_in(portal, browser)
    page = browser.open("/logout")
    page.send(form=page.form("csrf_token"))
    assert logouts.once(core) == 1
    return core.db.query(OutboxRow).filter_by(kind=Kind.LOGOUT).one()


def test_a_demo_tells_an_application_on_this_machine(
    demo_app: Flask, demo_core: Core, told: Told
) -> None:
    assert signed_out(demo_app, told).delivered_at

    assert len(told.tokens) == 1


def test_nobody_else_does(app: Flask, core: Core, told: Told) -> None:
    row = signed_out(app, told)

    assert (row.delivered_at, row.error) == (None, "https addresses only")
    assert told.calls == 0
