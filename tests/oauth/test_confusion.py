"""Threat 39: every kind of JWT at every place that takes one; only the right kind counts there."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth import resources
from idp.oauth.protocol import NAME as PROTOCOL
from tests.browser import Browser
from tests.client_keys import ClientKey, asserted
from tests.oauth.conftest import Member, make_member
from tests.relying_party import CALLBACK, Portal

API = "https://api.example/courses"
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
SCOPES = ("openid", "profile", "offline_access")
BARE = {"state": None, "nonce": None, "code_challenge": None, "code_challenge_method": None}


@dataclass
class Scene:
    """A member who has signed in to a client, at a browser of their own."""

    app: Flask
    portal: Portal
    member: Member
    browser: Browser
    tokens: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def signed_in(cls, app: Flask, portal: Portal, member: Member) -> "Scene":
        browser = Browser(app)
        tokens = portal.tokens(member.sign_in(portal, browser))
        return cls(app, portal, member, browser, tokens)

    # --- kinds of tokens

    def of_userinfo(self) -> str:
        """Return an access token whose audience is the issuer."""
        return str(self.tokens["access_token"])

    def of_api(self) -> str:
        """Return an access token for an API."""
        answer = self.portal.answer(self.browser, resource=API)
        return str(self.portal.tokens(answer)["access_token"])

    def of_robot(self) -> str:
        """Return an access token of the client itself: its `sub` is the `client_id`."""
        said = self.portal.post({"grant_type": "client_credentials"}).json or {}
        return str(said["access_token"])

    def identity(self) -> str:
        return str(self.tokens["id_token"])

    def logout(self) -> str:
        with self.app.app_context():
            signer = self.app.extensions[PROTOCOL].tokens
            sid = self.portal.verified(self.identity()).claims["sid"]
            return str(signer.logout(self.portal.client, self.member.id, sid))

    def assertion(self) -> str:
        return self.portal.assertion()["client_assertion"]

    def request(self) -> str:
        """Return a signed request object."""
        assert self.portal.key
        claims = {
            "iss": self.portal.client.id, "aud": self.portal.issuer, "scope": "openid",
            "client_id": self.portal.client.id, "redirect_uri": CALLBACK, "prompt": "none",
            "response_type": "code", "code_challenge": self.portal.challenge,
            "code_challenge_method": "S256", "state": "inside",
        }  # fmt: skip
        return self.portal.key.sign(claims)

    # --- places that take one; each tells whether it took this one

    def at_userinfo(self, token: str) -> bool:
        return self.portal.userinfo(token).status_code == 200

    def in_the_body_of_userinfo(self, token: str) -> bool:
        form = {"access_token": token}
        response = self.portal.post(form, auth=False, path="/oauth/userinfo")
        return response.status_code == 200

    def at_introspection(self, token: str) -> bool:
        response = self.portal.post({"token": token}, path="/oauth/introspect")
        assert response.status_code == 200
        return bool((response.json or {})["active"])

    def at_revocation(self, token: str) -> bool:
        """Something has ended: the token, or the grant that it names."""
        before = self.at_introspection(token), self.at_userinfo(self.of_userinfo())
        assert self.portal.post({"token": token}, path="/oauth/revoke").status_code == 200
        return before != (self.at_introspection(token), self.at_userinfo(self.of_userinfo()))

    def as_hint_of_a_request(self, token: str) -> bool:
        return "code" in self._asked(prompt="none", id_token_hint=token)

    def as_hint_of_a_logout(self, token: str) -> bool:
        page = self.browser.open(f"/oauth/logout?{urlencode({'id_token_hint': token})}")
        return page.error_code is None

    def as_request_object(self, token: str) -> bool:
        return "code" in self._asked(request=token, **BARE)

    def as_assertion_for_a_token(self, token: str) -> bool:
        return self._proves("/oauth/token", token)

    def as_assertion_for_introspection(self, token: str) -> bool:
        return self._proves("/oauth/introspect", token)

    def as_assertion_for_revocation(self, token: str) -> bool:
        return self._proves("/oauth/revoke", token)

    def as_code(self, token: str) -> bool:
        form = {"grant_type": "authorization_code", "code": token, "redirect_uri": CALLBACK}
        return self.portal.post(form).status_code == 200

    def as_refresh_token(self, token: str) -> bool:
        return self.portal.refresh(token).status_code == 200

    def _asked(self, **parameters: str | None) -> dict[str, str]:
        return self.portal.answer(self.browser, **parameters).parameters

    def _proves(self, path: str, token: str) -> bool:
        form = {"grant_type": "client_credentials", "token": "x", **asserted(token)}
        response = self.portal.post(form, auth=False, path=path)
        assert response.status_code in (200, 400, 401)
        return response.status_code == 200


ACCESS = {"of_userinfo", "of_api", "of_robot"}
KINDS = (*sorted(ACCESS), "identity", "logout", "assertion", "request")
COUNTS = {
    "at_userinfo": {"of_userinfo"},
    "in_the_body_of_userinfo": {"of_userinfo"},
    "at_introspection": ACCESS,
    "at_revocation": ACCESS,
    "as_hint_of_a_request": {"identity"},
    "as_hint_of_a_logout": {"identity"},
    "as_request_object": {"request"},
    "as_assertion_for_a_token": {"assertion"},
    "as_assertion_for_introspection": {"assertion"},
    "as_assertion_for_revocation": {"assertion"},
    "as_code": set(),
    "as_refresh_token": set(),
}


def client(app: Flask, core: Core, key: ClientKey, **more: Any) -> Portal:
    """Register a client that may do everything, and proves itself with a key."""
    if resources.Resources(core).find(API) is None:
        resources.add(core, API, "Kurse")
    return Portal.register(
        app, key=key, grant_types=GRANTS, scopes=SCOPES, resources=(API,), **more
    )


@pytest.mark.parametrize("place", COUNTS)
def test_threat_39_only_the_right_kind_of_token_counts(
    both_app: Flask, both_core: Core, place: str
) -> None:
    portal, member = client(both_app, both_core, ClientKey.make()), make_member(both_core)

    taken = set()
    for kind in KINDS:
        scene = Scene.signed_in(both_app, portal, member)
        if getattr(scene, place)(getattr(scene, kind)()):
            taken.add(kind)

    assert taken == COUNTS[place]


@pytest.mark.parametrize("named", ["like-a-member", "like-the-issuer"])
def test_threat_39_a_client_with_our_name_and_our_keys_gains_nothing(
    app: Flask, core: Core, member: Member, named: str
) -> None:
    """Whoever registers our public keys as its own can verify our tokens; none may be an
    assertion or a request of that client, though `iss` or `sub` is its name.
    """
    jwks = json.loads(app.test_client().get("/oauth/jwks", base_url=issuer(app)).data)
    name = issuer(app) if named == "like-the-issuer" else member.id
    mimic = Portal.register(
        app, id=name, auth_method="private_key_jwt", jwks=jwks, grant_types=GRANTS, scopes=SCOPES
    )
    honest = Scene.signed_in(app, client(app, core, ClientKey.make(), id="honest"), member)
    scene = Scene(app, mimic, member, honest.browser)

    kinds = (*sorted(ACCESS), "identity", "logout")
    for token in (*(getattr(honest, kind)() for kind in kinds), named_twice(app, name)):
        assert not scene.as_assertion_for_a_token(token)
        assert not scene.as_assertion_for_introspection(token)
        assert mimic.answer(honest.browser, request=token)["error"] == "invalid_request_object"


def named_twice(app: Flask, name: str) -> str:
    """Return the token that such a client would have for itself: `iss`, `sub`, `aud` all fit."""
    with app.app_context():
        return str(app.extensions[PROTOCOL].tokens.access(name, name, ""))


def issuer(app: Flask) -> str:
    return str(app.extensions[PROTOCOL].core.settings.issuer)
