"""Houses with a real mail server, and rows in their outbox."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from idp.core import Core
from idp.web.house import NAME, House
from tests.mail.server import Postbox


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


def told(app: Flask, port: int) -> Core:
    """Point a built application at a mail server; returns its core."""
    house: House = app.extensions[NAME]
    settings = house.core.settings
    mail = settings.mail.model_copy(update={"port": port})
    core = replace(house.core, settings=settings.model_copy(update={"mail": mail}))
    app.extensions[NAME] = replace(house, core=core)
    return core


@pytest.fixture
def mailing(app: Flask, postbox: Postbox) -> Iterator[Core]:
    """A core that mails into `postbox`."""
    core = told(app, postbox.port)
    with app.app_context():
        yield core


def ordered(core: Core, count: int = 1, template: str = "password_changed") -> list[str]:
    """Write mails into the outbox; returns the ids of their rows."""
    with core.writing():
        return [
            core.post.mail(f"a{number}@b.test", template, "de", name=f"Anna {number}")
            for number in range(count)
        ]
