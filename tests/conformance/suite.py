"""The suite's part: it sends the requests of a module, its browser does what it was told."""

import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import TestResponse

from idp.cli.conformance import seeded
from idp.settings import load
from idp.web.house import NAME
from tests.browser import Browser, Left, Page
from tests.cli.player import Player
from tests.conformance import checks
from tests.conformance.checks import Json
from tests.conftest import MovableClock, built, dispose
from tests.relying_party import Answer, Portal, answered

ISSUER = "https://op.test:9443"
SUITE = "https://suite.test:8443"
ALIAS = "hwk-idp"
PASSWORD = "Regenschirm-im-Mai-2026"
LETTERS = string.ascii_letters + string.digits


def word(length: int, ending: str = "") -> str:
    """Return a random text, as the suite draws its states and nonces."""
    return "".join(secrets.choice(LETTERS) for _ in range(length - len(ending))) + ending


def long_state() -> str:
    """Return a state of 128 signs, with all that need no escape in an address."""
    return word(128, "-._~")


@dataclass(frozen=True)
class Provider:
    """An installation with the profile `conformance`, seeded; and what the suite is told of it."""

    app: Flask
    clock: MovableClock
    documents: dict[str, Json]


@contextmanager
def provider(
    folder: Path, clock: MovableClock, url: str, suite: str = SUITE, **more: object
) -> Iterator[Provider]:
    """Do what docs/conformance.md says, in a folder of its own."""
    overrides: dict[str, object] = {
        "issuer": ISSUER,
        "database": {"url": url},
        "keys": {"dir": str(folder / "keys")},
        "password": {"argon2_memory_kib": 8, "argon2_time": 1},
        "pin": {"folder": str(folder / "letters")},
        **more,
    }
    app = built(load("conformance", overrides), clock)
    with app.app_context():
        documents = seeded(app.extensions[NAME].core, suite, ALIAS, PASSWORD)
    yield Provider(app, clock, documents)
    dispose(app)


class Runner(Player):
    """The suite's browser, that also runs the script of a form_post page."""

    answer: Answer | None = None
    sent: tuple[str, dict[str, str]] | None = None

    def post(self, path: str, form: dict[str, str]) -> str:
        """Open an address by POST, from a page of the suite."""
        self.sent = path, form
        return self.play(path)

    @property
    def url(self) -> str:
        """Where it is now."""
        return self._url

    def taken(self) -> Answer:
        """Return what has reached the suite."""
        assert self.answer, f"the browser stayed at {self._url}"
        return self.answer

    def _go(self, step: Callable[[], Page]) -> None:
        if self.sent is not None:
            path, form = self.sent
            self.sent = None
            super()._go(lambda: self.browser.post(path, form))
        else:
            super()._go(step)
        self._arrive()

    def _arrive(self) -> None:
        page = self._page
        if page is None:
            self.answer = answered(Left(self._url))
            return
        for form in page.forms:
            if not form.action.startswith("/"):
                assert (page.status, form.method) == (200, "post")
                assert "script-src 'self'" in page.response.headers["Content-Security-Policy"]
                self._page, self._url = None, form.action
                self.answer = Answer(form.fields, "form_post")


@dataclass(frozen=True)
class Flow:
    """A sign-in from request to claims, everything checked."""

    asked: dict[str, str]
    tokens: Json
    claims: Json
    said: Json


@dataclass
class Module:
    """One module: a browser without cookies, the discovery document and the keys just fetched."""

    provider: Provider
    name: str
    mode: str | None = None
    alias: str = ALIAS
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        document = self.provider.documents[self.alias]
        self.runner = Runner(document, Browser(self.provider.app), self.name)

    def get(self, path: str) -> TestResponse:
        """Ask for a document; the suite follows no redirects."""
        return self.provider.app.test_client().get(path, base_url=ISSUER)

    @cached_property
    def discovery(self) -> Json:
        """The checked discovery document, with the checked keys as `jwks`."""
        document: Json = self.get("/.well-known/openid-configuration").json or {}
        checks.check_discovery(document)
        jwks: Json = self.get(self.path(document["jwks_uri"])).json or {}
        checks.check_jwks(jwks)
        return {**document, "jwks": jwks}

    def path(self, address: str) -> str:
        assert address.startswith(ISSUER + "/")
        return address.removeprefix(ISSUER)

    def client(self, name: str = "client") -> Portal:
        """Return a client under the suite's name for it."""
        document = self.provider.documents[self.alias]
        given, app = document[name], self.provider.app
        with app.app_context():
            found = app.extensions["idp.oauth"].registry.find(given["client_id"])
        method = "client_secret_post" if name == "client_secret_post" else "client_secret_basic"
        assert found.auth_method == method
        assert method in self.discovery["token_endpoint_auth_methods_supported"]
        return Portal(app, found, given["client_secret"], found.redirect_uris[0])

    def request(self, client: str = "client", **parameters: str | None) -> dict[str, str]:
        """Return an authorization request as the suite makes it: no PKCE; None leaves out."""
        portal = self.client(client)
        values: dict[str, str | None] = {
            "client_id": portal.client.id,
            "redirect_uri": portal.redirect_uri,
            "scope": "openid",
            "state": word(10),
            "nonce": word(10),
            "response_type": "code",
            "response_mode": self.mode,
            **parameters,
        }
        return {name: value for name, value in values.items() if value is not None}

    def authorization(self, asked: dict[str, str]) -> str:
        return f"{self.path(self.discovery['authorization_endpoint'])}?{urlencode(asked)}"

    def ask(self, asked: dict[str, str], *, post: bool = False) -> Answer:
        """Send a request with the browser; returns what reaches the callback, in its mode."""
        self.runner.answer = None
        if post:
            self.runner.post(self.path(self.discovery["authorization_endpoint"]), asked)
        else:
            self.runner.play(self.authorization(asked))
        answer, (address, _, query) = self.runner.taken(), self.runner.url.partition("?")
        assert address == self.client().redirect_uri
        assert answer.mode == (self.mode or "query")
        # Nothing of it stands in the address when another mode applies.
        assert not self.mode or not query
        return answer

    def error(self, asked: dict[str, str]) -> str:
        """Send a request that is answered with an error; returns it, checked."""
        return checks.check_error(self.ask(asked).parameters, asked, ISSUER)

    def tokens(self, asked: dict[str, str], answer: Answer, **more: str) -> Json:
        """Exchange a code; returns the checked token response."""
        checks.check_answer(answer.parameters, asked, ISSUER)
        portal = self.client(self.client_name(asked))
        return checks.check_tokens(portal.redeem(answer, **{"code_verifier": None, **more}))

    def client_name(self, asked: dict[str, str]) -> str:
        document = self.provider.documents[self.alias]
        names = ("client", "client2", "client_secret_post")
        return next(n for n in names if document.get(n, {}).get("client_id") == asked["client_id"])

    def id_token(self, tokens: Json, asked: Mapping[str, str | None]) -> Json:
        """Return the checked claims of the ID token."""
        now = self.provider.clock.timestamp()
        return checks.check_id_token(tokens["id_token"], asked, self.discovery, now)

    def userinfo(self, tokens: Json) -> Json:
        """Return the checked answer of the userinfo endpoint."""
        return self.told(self.client().userinfo(tokens["access_token"]))

    def told(self, response: TestResponse) -> Json:
        assert response.status_code == 200
        assert response.mimetype == "application/json"
        said: Json = response.json or {}
        checks.check_person(said)
        return said

    def follow(self, asked: dict[str, str], answer: Answer, **more: str) -> Flow:
        """Go on from an answer to the claims."""
        tokens = self.tokens(asked, answer, **more)
        claims, said = self.id_token(tokens, asked), self.userinfo(tokens)
        assert said["sub"] == claims["sub"]
        assert "name" not in claims
        assert set(claims) <= checks.ID_TOKEN_CLAIMS
        return Flow(asked, tokens, claims, said)

    def flow(self, client: str = "client", **parameters: str | None) -> Flow:
        """Sign in from the beginning, without surprises."""
        asked = self.request(client, **parameters)
        return self.follow(asked, self.ask(asked))
