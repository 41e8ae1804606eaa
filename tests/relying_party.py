"""A relying party in tests: speaks to the provider through its front door alone."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from idp.oauth import registration
from idp.oauth.registration import Wanted
from idp.oauth.registry import Registered
from idp.web.house import NAME
from tests.browser import Browser, Left, Page
from tests.client_keys import ClientKey, asserted

CALLBACK = "https://portal.example/callback"
AFTER = "https://portal.example/after"
VERIFIER = "v" * 43


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Answer:
    """What came back to the callback."""

    parameters: dict[str, str]
    mode: str = "query"

    def __getitem__(self, name: str) -> str:
        return self.parameters[name]


@dataclass
class Portal:
    """A registered client with its secret."""

    app: Flask
    client: Registered
    secret: str | None
    redirect_uri: str = CALLBACK
    scope: str = "openid profile email"
    extra: dict[str, str] = field(default_factory=dict)
    key: ClientKey | None = None

    @classmethod
    def register(cls, app: Flask, *, key: ClientKey | None = None, **wanted: Any) -> "Portal":
        """Register a client; one with a `key` proves itself with that, and has no secret."""
        if key:
            wanted = {"auth_method": "private_key_jwt", "jwks": key.jwks(), **wanted}
        values: dict[str, Any] = {
            "name": "Portal",
            "redirect_uris": (CALLBACK,),
            "post_logout_redirect_uris": (AFTER,),
            "scopes": ("openid", "profile", "email"),
            "first_party": True,
            **wanted,
        }
        with app.app_context():
            client, secret = registration.add(app.extensions[NAME].core, Wanted(**values))
        return cls(app, client, secret, scope=" ".join(values["scopes"]), key=key)

    @property
    def challenge(self) -> str:
        return challenge_of(VERIFIER)

    @property
    def issuer(self) -> str:
        return str(self.app.extensions[NAME].core.settings.issuer)

    def authorization(self, **parameters: str | None) -> str:
        """Return the address that starts a sign-in; None leaves a parameter out."""
        values: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **self.extra,
            **parameters,
        }
        return "/oauth/authorize?" + urlencode({k: v for k, v in values.items() if v is not None})

    def start(self, browser: Browser, **parameters: str | None) -> Page:
        """Open a sign-in that stops at a page."""
        return browser.open(self.authorization(**parameters))

    def answer(self, browser: Browser, **parameters: str | None) -> Answer:
        """Open a sign-in that comes straight back."""
        return self.caught(lambda: self.start(browser, **parameters))

    def caught(self, last: Callable[[], Page]) -> Answer:
        """Return what the last step sends to the callback, in whatever mode."""
        try:
            page = last()
        except Left as left:
            return answered(left)
        for form in page.forms:
            if form.action == self.redirect_uri:
                return Answer(form.fields, "form_post")
        raise AssertionError(f"stopped at {page.url}: {page.error_code} {page.text[:300]}")

    def sign_in(
        self, browser: Browser, username: str, password: str, **parameters: str | None
    ) -> Answer:
        """Sign in through the form."""
        page = self.start(browser, **parameters)
        return self.caught(lambda: page.send(username=username, password=password))

    def assertion(self, **changed: Any) -> dict[str, str]:
        """Return the form fields of a fresh client assertion."""
        assert self.key
        now = self.app.extensions[NAME].core.clock.timestamp()
        return asserted(self.key.assertion(self.client.id, self.issuer, now, **changed))

    def post(
        self, form: dict[str, Any], *, auth: bool = True, path: str = "/oauth/token", **more: Any
    ) -> TestResponse:
        """Post to an endpoint that clients call."""
        headers = dict(more.pop("headers", {}))
        if auth and self.client.auth_method == "client_secret_basic":
            pair = f"{self.client.id}:{self.secret}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        elif auth and self.key:
            form = {**self.assertion(), **form}
        elif auth:
            form = {"client_id": self.client.id, **form}
            if self.secret:
                form["client_secret"] = self.secret
        return self.app.test_client().post(
            path, data=form, headers=headers, base_url=self.issuer, **more
        )

    def redeem(self, answer: Answer, **changed: str | None) -> TestResponse:
        """Exchange a code."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
            **changed,
        }
        return self.post({k: v for k, v in form.items() if v is not None})

    def tokens(self, answer: Answer) -> dict[str, Any]:
        response = self.redeem(answer)
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def refresh(self, token: str, **more: str) -> TestResponse:
        return self.post({"grant_type": "refresh_token", "refresh_token": token, **more})

    def userinfo(self, token: str, **more: Any) -> TestResponse:
        return self.app.test_client().get(
            "/oauth/userinfo",
            headers={"Authorization": f"Bearer {token}"},
            base_url=self.issuer,
            **more,
        )

    def verified(self, token: str, alg: str = "ES256") -> jwt.Token:
        """Verify a JWT with the published keys."""
        response = self.app.test_client().get("/oauth/jwks", base_url=self.issuer)
        return jwt.decode(token, KeySet.import_key_set(response.json), [alg])


def answered(left: Left) -> Answer:
    parts = urlsplit(left.location)
    assert not (parts.query and parts.fragment), left.location
    mode, text = ("fragment", parts.fragment) if parts.fragment else ("query", parts.query)
    return Answer({name: values[0] for name, values in parse_qs(text).items()}, mode)
