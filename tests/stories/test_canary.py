"""No secret is ever written down where somebody could read it (threats 12 and 33)."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import run_wsgi_app

from idp.pin.code import read
from tests.pin.situations import shift
from tests.stories.house import House, text_of
from tests.stories.plain import PlainVisitor
from tests.stories.steps import ERIKA, link, order, register, sign_in, typed_freely

PASSWORD, LATER, WRONG = "Kanarien-Vogel-83", "Kanarien_Feder_94", "Kanarien-Daneben-75"
# A password typed where the name belongs: the form shows it again, nothing else knows it.
MISPLACED = "Kanarien-Verirrt-61"
KINDS = {
    "password", "misplaced", "pin", "link", "client secret", "code", "token", "cookie", "key",
}  # fmt: skip
TOKENS = ("access_token", "id_token", "refresh_token")


@dataclass(frozen=True)
class Exchange:
    """One request to the provider and its answer."""

    path: str
    query: str
    status: str
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def cookies(self) -> Iterator[tuple[str, str]]:
        for key, value in self.headers:
            if key == "Set-Cookie":
                name, _, rest = value.partition("=")
                yield name, rest.partition(";")[0]


@dataclass
class Wiretap:
    """Keeps everything that passes the provider's front door."""

    inner: Any
    exchanges: list[Exchange] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        content, status, headers = run_wsgi_app(self.inner, environ, buffered=True)
        body = b"".join(content)
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        told = body.decode(errors="replace")
        self.exchanges.append(Exchange(path, query, status, list(headers), told))
        start(status, list(headers))
        return iter([body])


@dataclass
class Secrets:
    """What must not be found, by kind, with the one place where each may stand."""

    values: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, *values: str) -> None:
        assert all(len(value) >= 8 for value in values)
        self.values.setdefault(kind, set()).update(values)

    def found(self, text: str, *, but: tuple[str, ...] = ()) -> set[str]:
        return {
            kind
            for kind, values in self.values.items()
            if kind not in but and any(value in text for value in values)
        }


@pytest.fixture
def tap(house: House) -> Wiretap:
    tap = Wiretap(house.app.wsgi_app)
    house.app.wsgi_app = tap  # type: ignore[assignment, method-assign]
    return tap


@pytest.fixture
def erika() -> Iterator[PlainVisitor]:
    visitor = PlainVisitor()
    yield visitor
    visitor.end()


@pytest.fixture
def dumps(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The whole database as text, as it was before each delivery."""
    taken: list[str] = []
    deliver = house.deliver

    def look_and_deliver() -> None:
        taken.append(stored(tmp_path / "idp.sqlite"))
        deliver()

    monkeypatch.setattr(house, "deliver", look_and_deliver)
    return taken


def test_no_secret_can_be_read_anywhere(
    house: House,
    erika: PlainVisitor,
    tap: Wiretap,
    dumps: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    secrets = Secrets()
    walk(house, erika, secrets)
    learn(house, tap, secrets)
    house.deliver()

    assert [line for line in lines(caplog) if secrets.found(line)] == []
    assert [secrets.found(dump) for dump in dumps] == [set()] * len(dumps)
    assert [told for exchange in tap.exchanges if (told := tells(exchange, secrets))] == []
    assert secrets.found("".join(map(text_of, house.postbox.mails))) == {"link"}
    # All of it was there to be found.
    assert set(secrets.values) == KINDS
    assert {"idp.worker", "sqlalchemy.engine.Engine"} <= {record.name for record in caplog.records}
    assert len(dumps) >= 4
    assert "pin.ordered" in dumps[-1]
    assert any("/consent" in exchange.path for exchange in tap.exchanges)


def walk(house: House, erika: PlainVisitor, secrets: Secrets) -> None:
    """Do everything once, right and wrong."""
    secrets.add("password", PASSWORD, LATER, WRONG)
    secrets.add("misplaced", MISPLACED)
    register(house, erika, ERIKA)
    chooses(house, erika, secrets, PASSWORD, "Passwort festlegen")
    pin = links(house, erika, secrets)
    for application in (house.courses, house.contracts, house.jobs):
        erika.open(f"{application}/login")
        assert erika.url == f"{application}/"
    goes_offline(house, erika, secrets)
    erika.press("Abmelden")
    sign_in(house, erika, ERIKA, WRONG)
    erika.open(f"{house.issuer}/password/forgot")
    erika.fill(email=ERIKA)
    erika.press("Link anfordern")
    chooses(house, erika, secrets, LATER, "Passwort speichern")
    erika.press("Abmelden")
    # People mistake one field for another.
    sign_in(house, erika, MISPLACED, pin)
    sign_in(house, erika, ERIKA, pin)
    sign_in(house, erika, ERIKA, LATER)
    assert erika.url == f"{house.issuer}/account"


def links(house: House, erika: PlainVisitor, secrets: Secrets) -> str:
    """Order a PIN, mistype it, type it; returns it."""
    pin = order(house, erika)
    free = typed_freely(pin)
    secrets.add("pin", pin, pin.replace("-", ""), read(pin).secret, free.strip(), pin.lower())
    for typed in (pin[:-1] + "S", shift(pin), free):
        link(house, erika, typed)
    assert "Ihr Betrieb ist verknüpft" in erika.text
    return pin


def chooses(
    house: House, erika: PlainVisitor, secrets: Secrets, password: str, button: str
) -> None:
    """Open the mailed link and choose a password, at first one that is refused."""
    url = house.link(ERIKA)
    secrets.add("link", url.rpartition("/")[2])
    erika.open(url)
    for typed in (f"{password} ", password):
        erika.fill(password=typed)
        erika.press(button)
    assert erika.url == f"{house.issuer}/account"


def goes_offline(house: House, erika: PlainVisitor, secrets: Secrets) -> None:
    """Let an application have tokens, and let it make mistakes with them."""
    portal, callback = house.portal()
    secrets.add("client secret", str(portal.secret))
    erika.open(house.issuer + portal.authorization())
    erika.press("Erlauben")
    tokens = portal.tokens(callback.answers[-1])
    assert portal.redeem(callback.answers[-1]).status_code == 400
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    portal.post({"grant_type": "refresh_token", "refresh_token": tokens["access_token"]})
    erika.open(f"{house.issuer}/account")


def learn(house: House, tap: Wiretap, secrets: Secrets) -> None:
    """Add what the provider gave away through its front door, and its own keys."""
    for exchange in tap.exchanges:
        if exchange.path == "/oauth/token" and exchange.status.startswith("200"):
            answer = json.loads(exchange.body)
            secrets.add("token", *(answer[name] for name in answer if name in TOKENS))
        location = parse_qs(urlsplit(exchange.header("Location")).query)
        secrets.add("code", *location.get("code", []))
        for name, value in exchange.cookies():
            if name in ("idp_session", "idp_browser") and value:
                secrets.add("cookie", value)
    for file in house.keys.iterdir():
        secrets.add("key", *file.read_text().split())


def lines(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Return everything that was logged, with all that hangs on it.

    Left out is what the test's own mail server and its own visitor say: they are nobody's logs.
    """
    here = threading.get_ident()
    for record in caplog.records:
        ours = record.name.startswith("urllib3") and record.thread == here
        if not ours and not record.name.startswith("mail."):
            yield f"{record.getMessage()} {record.__dict__}"


def tells(exchange: Exchange, secrets: Secrets) -> str:
    """Return which secrets stand where they must not, else nothing."""
    body = {"/oauth/token": ("token",), "/login": ("misplaced",)}.get(exchange.path, ())
    hint = ("token",) if exchange.path == "/oauth/logout" else ()
    code = ("code",) if exchange.path == "/oauth/authorize" else ()
    link = ("link",) if exchange.path.startswith("/k/") else ()
    told = secrets.found(exchange.path, but=link)
    told |= secrets.found(exchange.query, but=hint)
    told |= secrets.found(exchange.body, but=body)
    for name, value in exchange.headers:
        allowed = code if name == "Location" else ("cookie", *link) if name == "Set-Cookie" else ()
        told |= secrets.found(value, but=allowed)
    return f"{exchange.path}: {told}" if told else ""


def stored(database: Path) -> str:
    """Return all of a SQLite file as text."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())
