"""Applications end what they were given (RFC 7009)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.core import Core
from idp.outbox import Kind, OutboxRow
from tests.browser import Browser
from tests.client_keys import ClientKey
from tests.conftest import MovableClock
from tests.counting import counting
from tests.oauth.conftest import Member, make_member
from tests.oauth.refusals import refused
from tests.relying_party import Portal

SCOPES = ("openid", "profile", "offline_access")
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


def registered(app: Flask, method: str = "client_secret_basic", **more: Any) -> Portal:
    key = ClientKey.make() if method == "private_key_jwt" else None
    return Portal.register(app, key=key, auth_method=method, scopes=SCOPES, **more)


def revoke(portal: Portal, token: str, **more: str) -> TestResponse:
    return portal.post({"token": token, **more}, path="/oauth/revoke")


def done(response: TestResponse) -> bool:
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code == 200 and response.data == b""


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
@pytest.mark.parametrize("method", METHODS)
def test_one_token_ends_all_of_its_grant(
    both_app: Flask, both_core: Core, method: str, kind: str
) -> None:
    portal = registered(both_app, method)
    tokens = portal.tokens(make_member(both_core).sign_in(portal, Browser(both_app)))

    assert done(revoke(portal, tokens[kind]))

    assert portal.userinfo(tokens["access_token"]).status_code == 401
    refused(portal.refresh(tokens["refresh_token"]), "invalid_grant")


def test_it_ends_this_grant_alone(app: Flask, member: Member, browser: Browser) -> None:
    portal, other = registered(app), registered(app)
    one = portal.tokens(member.sign_in(portal, browser))
    two, third = portal.tokens(portal.answer(browser)), other.tokens(other.answer(browser))

    assert done(revoke(portal, one["refresh_token"]))

    assert portal.refresh(two["refresh_token"]).status_code == 200
    assert other.userinfo(third["access_token"]).status_code == 200
    assert browser.open("/account").path == "/account"


def test_a_refresh_token_that_was_rotated_away_ends_its_family(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = registered(app, "none")
    old = portal.tokens(member.sign_in(portal, browser))
    new = portal.refresh(old["refresh_token"]).json or {}

    assert done(revoke(portal, old["refresh_token"]))

    refused(portal.refresh(new["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "unknown", "id_token"])
def test_a_hint_may_be_wrong(app: Flask, member: Member, browser: Browser, hint: str) -> None:
    portal = registered(app)
    for kind in ("refresh_token", "access_token"):
        browser = Browser(app)
        tokens = portal.tokens(member.sign_in(portal, browser))

        assert done(revoke(portal, tokens[kind], token_type_hint=hint))

        assert portal.userinfo(tokens["access_token"]).status_code == 401


def test_what_is_unknown_or_over_has_ended_already(
    app: Flask, member: Member, browser: Browser, clock: MovableClock
) -> None:
    portal = registered(app)
    tokens = portal.tokens(member.sign_in(portal, browser))

    for token in ("unknown", "a.b.c", tokens["id_token"], tokens["access_token"][:-3], "é", "x.y"):
        assert done(revoke(portal, token))
    assert portal.userinfo(tokens["access_token"]).status_code == 200
    for _ in range(2):
        assert done(revoke(portal, tokens["refresh_token"]))
    clock.advance(minutes=11)
    assert done(revoke(portal, tokens["access_token"]))


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
def test_threat_27_another_clients_token_is_not_touched_and_that_is_told(
    app: Flask, member: Member, browser: Browser, kind: str, method: str
) -> None:
    portal, thief = registered(app), registered(app, method)
    tokens = portal.tokens(member.sign_in(portal, browser))

    refused(revoke(thief, tokens[kind]), "invalid_grant")

    assert portal.userinfo(tokens["access_token"]).status_code == 200
    assert portal.refresh(tokens["refresh_token"]).status_code == 200


@pytest.fixture
def machine(both_app: Flask) -> Portal:
    return Portal.register(both_app, grant_types=("client_credentials",), redirect_uris=())


def own_token(machine: Portal) -> str:
    return str((machine.post({"grant_type": "client_credentials"}).json or {})["access_token"])


def active(portal: Portal, token: str) -> bool:
    return bool((portal.post({"token": token}, path="/oauth/introspect").json or {})["active"])


def test_a_clients_own_token_ends_alone(both_app: Flask, machine: Portal) -> None:
    one, other = own_token(machine), own_token(machine)
    thief = Portal.register(both_app)
    refused(revoke(thief, one), "invalid_grant")
    assert active(machine, one)

    for _ in range(2):
        assert done(revoke(machine, one))

    assert not active(machine, one)
    assert active(machine, other)


def test_the_application_is_not_told_what_it_did_itself(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = registered(app, backchannel_logout_uri="https://portal.example/logout")
    tokens = portal.tokens(member.sign_in(portal, browser))

    assert done(revoke(portal, tokens["refresh_token"]))

    assert core.db.query(OutboxRow).filter_by(kind=Kind.LOGOUT).count() == 0


@pytest.mark.parametrize(
    "form", [{}, {"token": ""}, {"token": ["a", "b"]}, {"token": "x" * 20_000}, {"token": "a\x00b"}]
)
def test_a_request_that_names_no_token_is_told_so(app: Flask, form: dict[str, Any]) -> None:
    refused(registered(app).post(form, path="/oauth/revoke"), "invalid_request")


def test_a_token_in_the_address_does_not_count(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = registered(app)
    tokens = portal.tokens(member.sign_in(portal, browser))

    response = portal.post({}, path=f"/oauth/revoke?token={tokens['refresh_token']}")

    refused(response, "invalid_request")
    assert portal.refresh(tokens["refresh_token"]).status_code == 200


def test_it_is_asked_by_post_alone(app: Flask) -> None:
    portal = registered(app)
    for method in ("GET", "PUT", "DELETE"):
        response = app.test_client().open("/oauth/revoke", method=method, base_url=portal.issuer)
        assert response.status_code == 405
        assert response.mimetype == "application/json"


def test_it_takes_two_statements_and_one_commit(both_app: Flask, both_core: Core) -> None:
    portal = registered(both_app)
    browser = Browser(both_app)
    portal.tokens(make_member(both_core).sign_in(portal, browser))
    tokens = [portal.tokens(portal.answer(browser)) for _ in "ab"]
    looks: list[Callable[[], TestResponse]] = [
        lambda: revoke(portal, tokens[0]["access_token"]),
        lambda: revoke(portal, tokens[1]["refresh_token"]),
    ]

    for look, most in zip(looks, (1, 2), strict=True):
        with counting(both_app) as counted:
            assert done(look())
        assert counted.figures == (most, 1)
