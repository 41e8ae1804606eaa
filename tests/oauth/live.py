"""A provider that really listens, for the libraries of others; and a person who signs in to it."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from tests import people
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import Member
from tests.relying_party import Answer, Portal
from tests.stories.plain import PlainVisitor
from tests.stories.server import Callback, address_of, listening, serving

SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass
class Live:
    """A provider on a port of this machine, and an application that waits at another."""

    app: Flask
    issuer: str
    callback: Callback
    member: Member
    visitor: PlainVisitor = field(default_factory=PlainVisitor)

    @property
    def redirect_uri(self) -> str:
        return f"{self.callback.url}/callback"

    @property
    def after(self) -> str:
        return f"{self.callback.url}/after"

    def register(self, **wanted: Any) -> Portal:
        """Register a third party: its people are asked for consent."""
        values: dict[str, Any] = {
            "redirect_uris": (self.redirect_uri,),
            "post_logout_redirect_uris": (self.after,),
            "scopes": SCOPES,
            "first_party": False,
            "id_token_alg": "ES256",
        }
        return Portal.register(self.app, **{**values, **wanted})

    def go(self, url: str) -> Answer:
        """Follow an authorization request as the person; returns what came to the callback."""
        self.visitor.open(url)
        if self.at("/login"):
            self.visitor.fill(username=self.member.email, password=self.member.password)
            self.visitor.press("Anmelden")
        if self.at("/consent"):
            self.visitor.press("Erlauben")
        assert self.visitor.url.startswith(self.redirect_uri), self.visitor.text
        return self.callback.answers[-1]

    def at(self, path: str) -> bool:
        return self.visitor.url.startswith(self.issuer + path)


@pytest.fixture(params=["sqlite", "postgresql"])
def live(
    request: pytest.FixtureRequest,
    tmp_path: Any,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Live]:
    """A listening provider on both databases; nobody's proxy stands between."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    free = socket.create_server(("127.0.0.1", 0))
    app = built(settings_for(tmp_path, url, issuer=address_of(free)), clock)
    with ExitStack() as stack:
        stack.callback(dispose, app)
        stack.enter_context(serving(free, app))
        callback = stack.enter_context(listening(Callback))
        live = Live(app, address_of_issuer(app), callback, people.member(app))
        stack.callback(live.visitor.end)
        yield live


def address_of_issuer(app: Flask) -> str:
    return str(people.core_of(app).settings.issuer)
