"""No live secret in a page, a header, a cookie of another purpose, a log or the audit trail."""

import logging
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response
from sqlalchemy import select

from idp.accounts.models import AuditEvent
from tests import people
from tests.browser import Browser
from tests.people import Postbox

CANARY, SECOND, THIRD, WRONG = (
    "Kanarie-38-Vogel", "Zeisig-52-Vogel", "Amsel+77-Vogel", "Falsch-11-Vogel",
)  # fmt: skip
EMAIL = "zeugin@haus.test"


@dataclass
class Listener:
    """Everything that was answered: path, headers, body."""

    heard: list[tuple[str, str]] = field(default_factory=list)

    def attach(self, app: Flask) -> None:
        inner = app.wsgi_app

        def answer(environ: dict[str, str], start_response: object) -> object:
            response = Response.from_app(inner, environ)
            headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
            self.heard.append((environ["PATH_INFO"], f"{headers}\n\n{response.get_data(True)}"))
            return response(environ, start_response)  # type: ignore[arg-type]

        app.wsgi_app = answer  # type: ignore[assignment]

    def where(self, secret: str) -> list[str]:
        return [path for path, answer in self.heard if secret in answer]


@pytest.fixture
def listener(app: Flask) -> Listener:
    listener = Listener()
    listener.attach(app)
    return listener


def journey(app: Flask, postbox: Postbox) -> list[str]:
    """Register, activate, fail, sign in, change, reset; return the secrets of the mailed links."""
    browser = Browser(app)
    people.register(browser, EMAIL)
    first = postbox.link(EMAIL)
    browser.open(first).send(password="Kanarie")
    browser.open(first).send(password=CANARY)
    browser.open("/password/change").send(current_password=WRONG, password=SECOND)
    browser.open("/password/change").send(current_password=CANARY, password="kurz-Vogel")
    browser.open("/password/change").send(current_password=CANARY, password=SECOND)
    for path in ("/account", "/account/sessions", "/business"):
        browser.open(path)
    other = Browser(app)
    other.open("/login").send(username=EMAIL, password=WRONG)
    other.open("/login").send(username=EMAIL, password=SECOND)
    forgetful = Browser(app)
    forgetful.open("/password/forgot").send(email=EMAIL)
    second = postbox.link(EMAIL)
    forgetful.open(second)
    page = forgetful.open("/password/reset")
    forgetful.post("/password/reset", {"password": THIRD})
    page.send(password=THIRD)
    Browser(app).open(second)
    return [first.rpartition("/")[2], second.rpartition("/")[2]]


@pytest.fixture
def tokens(
    app: Flask, listener: Listener, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> list[str]:
    caplog.set_level(logging.DEBUG)
    return journey(app, postbox)


def test_no_answer_repeats_a_password(listener: Listener, tokens: list[str]) -> None:
    assert len(listener.heard) > 30
    assert listener.where("Mein Konto")
    for secret in (CANARY, SECOND, THIRD, WRONG, "kurz-Vogel"):
        assert listener.where(secret) == []


def test_a_links_secret_is_in_its_own_cookie_alone(listener: Listener, tokens: list[str]) -> None:
    for token in tokens:
        assert set(listener.where(token)) == {f"/k/{token}"}
    for path, answer in listener.heard:
        if path.startswith("/k/"):
            (line,) = [line for line in answer.split("\n") if path.removeprefix("/k/") in line]
            assert line.startswith("Set-Cookie: idp_link=")
            assert "HttpOnly" in line


def test_no_log_holds_a_secret_or_an_address(
    tokens: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for secret in (CANARY, SECOND, THIRD, WRONG, EMAIL, *tokens):
        assert secret not in caplog.text


def test_the_audit_trail_tells_what_happened_and_nothing_else(
    app: Flask, tokens: list[str]
) -> None:
    with people.inside(app):
        events = people.core_of(app).db.scalars(select(AuditEvent).order_by(AuditEvent.at)).all()

    assert [event.kind for event in events] == [
        "account.registered", "account.activated", "password.changed", "login", "password.reset",
    ]  # fmt: skip
    told = " ".join(str(event.facts) for event in events)
    for secret in (CANARY, SECOND, THIRD, EMAIL, "Nina", *tokens):
        assert secret not in told


def test_the_database_holds_no_secret_in_the_clear(app: Flask, tokens: list[str]) -> None:
    with app.app_context():
        raw = app.extensions["sqlalchemy"].engine.raw_connection()
        dump = "\n".join(raw.driver_connection.iterdump())
        raw.close()

    assert EMAIL in dump
    for secret in (CANARY, SECOND, THIRD, WRONG, *tokens):
        assert secret not in dump


def test_no_session_cookie_value_is_in_the_database(app: Flask, signed_in: Browser) -> None:
    found = signed_in.client.get_cookie("idp_session", "127.0.0.1")
    with app.app_context():
        raw = app.extensions["sqlalchemy"].engine.raw_connection()
        dump = "\n".join(raw.driver_connection.iterdump())
        raw.close()

    assert found
    assert found.value not in dump
