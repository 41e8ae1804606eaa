"""What a token is worth, and to whom that is told (RFC 7662)."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from idp.core import Core
from idp.oauth import registration, resources
from idp.oauth.protocol import NAME as PROTOCOL
from idp.pin.models import Business
from tests.browser import Browser
from tests.client_keys import ClientKey
from tests.conftest import MovableClock
from tests.counting import counting
from tests.oauth.businesses import end, linked
from tests.oauth.conftest import Member, make_member
from tests.oauth.refusals import refused
from tests.oauth.states import disable_client
from tests.oauth.test_userinfo import forged
from tests.relying_party import Portal

API = "https://courses.example/api"
SCOPES = ("openid", "profile", "business", "offline_access")
PERSONAL = {"active", "scope", "client_id", "token_type", "exp", "iat", "sub", "aud", "iss", "jti",
            "auth_time", "acr"}  # fmt: skip


def ask(portal: Portal, token: str, **more: str) -> TestResponse:
    return portal.post({"token": token, **more}, path="/oauth/introspect")


def told(portal: Portal, token: str, **more: str) -> dict[str, Any]:
    response = ask(portal, token, **more)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    return dict(response.json or {})


NOTHING = {"active": False}


@pytest.fixture
def portal(app: Flask, core: Core) -> Portal:
    """A client of two APIs; the one behind `api` sees the business."""
    return Portal.register(app, scopes=SCOPES)


@pytest.fixture
def api(app: Flask, core: Core) -> Portal:
    """The client under which an API asks about its tokens."""
    found = Portal.register(
        app, name="Kurse", redirect_uris=(), grant_types=("client_credentials",)
    )
    resources.add(core, API, "Kurse", business=True, client_id=found.client.id)
    return found


@pytest.fixture
def caller(app: Flask, api: Portal) -> Portal:
    """A client that may have tokens for the API."""
    return Portal.register(
        app, scopes=SCOPES, resources=(API,),
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
    )  # fmt: skip


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_client_learns_about_its_own_access_token(
    both_app: Flask, both_core: Core, method: str
) -> None:
    key = ClientKey.make() if method == "private_key_jwt" else None
    portal = Portal.register(both_app, key=key, auth_method=method)
    member = make_member(both_core)
    tokens = portal.tokens(member.sign_in(portal, Browser(both_app)))

    said = told(portal, tokens["access_token"])

    identity = portal.verified(tokens["id_token"]).claims
    assert set(said) == PERSONAL
    assert said["active"] is True
    assert said["token_type"] == "Bearer"
    assert said["sub"] == member.id
    assert said["client_id"] == portal.client.id
    assert said["iss"] == said["aud"] == portal.issuer
    assert said["scope"] == tokens["scope"]
    assert said["exp"] - said["iat"] == tokens["expires_in"]
    assert {name: said[name] for name in ("auth_time", "acr")} == {
        name: identity[name] for name in ("auth_time", "acr")
    }


def test_a_client_learns_about_its_own_refresh_token(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    clock.freeze()
    tokens = portal.tokens(member.sign_in(portal, browser))

    assert told(portal, tokens["refresh_token"]) == {
        "active": True,
        "scope": tokens["scope"],
        "client_id": portal.client.id,
        "sub": member.id,
        "exp": int(clock.timestamp()) + 30 * 86400,
        "iss": portal.issuer,
    }


def test_a_refresh_token_that_was_used_or_is_over_is_not_active(
    app: Flask, member: Member, browser: Browser, clock: MovableClock
) -> None:
    portal = Portal.register(app, scopes=SCOPES)
    token = portal.tokens(member.sign_in(portal, browser))["refresh_token"]
    clock.advance(days=29)
    portal.refresh(token)
    assert told(portal, token)["active"]

    clock.advance(days=31)

    assert told(portal, token) == NOTHING


def test_it_never_lasts_longer_than_its_grant(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    clock.freeze()
    start = int(clock.timestamp())
    token = portal.tokens(member.sign_in(portal, browser))["refresh_token"]
    for _ in range(6):
        clock.advance(days=29)
        assert portal.refresh(token).status_code == 200

    assert told(portal, token)["exp"] == start + 180 * 86400


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "unknown"])
def test_a_hint_may_be_wrong(portal: Portal, member: Member, browser: Browser, hint: str) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser))

    for kind in ("refresh_token", "access_token"):
        assert told(portal, tokens[kind], token_type_hint=hint)["active"]


def test_an_api_learns_about_tokens_that_are_meant_for_it(
    api: Portal, caller: Portal, member: Member, browser: Browser
) -> None:
    tokens = caller.tokens(member.sign_in(caller, browser, resource=API))

    said = told(api, tokens["access_token"])

    assert set(said) == PERSONAL
    assert (said["aud"], said["client_id"], said["sub"]) == (API, caller.client.id, member.id)
    assert told(caller, tokens["access_token"]) == said
    assert told(api, tokens["refresh_token"]) == NOTHING


def test_an_api_learns_about_a_token_of_a_client_itself(api: Portal, caller: Portal) -> None:
    form = {"grant_type": "client_credentials", "scope": "profile", "resource": API}
    token = (caller.post(form).json or {})["access_token"]

    said = told(api, token)

    assert set(said) == PERSONAL - {"auth_time", "acr"}
    assert said["sub"] == caller.client.id


def test_a_token_without_scope_says_nothing_about_it(caller: Portal) -> None:
    token = (caller.post({"grant_type": "client_credentials"}).json or {})["access_token"]

    assert "scope" not in told(caller, token)


def test_an_api_sees_for_which_business_while_that_is_so(
    core: Core, api: Portal, caller: Portal, member: Member, browser: Browser
) -> None:
    membership = linked(core, member)
    token = caller.tokens(member.sign_in(caller, browser, resource=API))["access_token"]
    assert told(api, token)["business"]["number"] == "1234567"
    plain = caller.tokens(caller.answer(browser))["access_token"]
    assert "business" not in told(caller, plain)

    end(core, membership)

    assert told(api, token)["active"]
    assert "business" not in told(api, token)


def test_a_closed_business_is_not_told_and_refreshes_nothing(
    core: Core, api: Portal, caller: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member)
    tokens = caller.tokens(member.sign_in(caller, browser, resource=API))
    with core.writing():
        core.db.execute(update(Business).values(status="closed"))

    assert "business" not in told(api, tokens["access_token"])
    assert told(caller, tokens["refresh_token"]) == NOTHING


@pytest.fixture
def stranger(app: Flask, core: Core) -> Portal:
    """Another client, with an API of its own."""
    found = Portal.register(app)
    resources.add(core, "https://other.example/", "Other", client_id=found.client.id)
    return found


def test_threat_27_nobody_learns_about_the_tokens_of_others(
    stranger: Portal, api: Portal, caller: Portal, member: Member, browser: Browser
) -> None:
    for_api = caller.tokens(member.sign_in(caller, browser, resource=API))
    for_userinfo = caller.tokens(caller.answer(browser))

    for asking, token in (
        (stranger, for_api["access_token"]),
        (stranger, for_api["refresh_token"]),
        (stranger, for_userinfo["access_token"]),
        (api, for_userinfo["access_token"]),
        (api, for_userinfo["refresh_token"]),
    ):
        assert told(asking, token) == NOTHING


def test_an_api_whose_client_is_disabled_learns_nothing_at_once(
    app: Flask, api: Portal, caller: Portal, member: Member, browser: Browser
) -> None:
    token = caller.tokens(member.sign_in(caller, browser, resource=API))["access_token"]
    assert told(api, token)["active"]

    disable_client(app, api, forget=False)
    assert told(api, token) == NOTHING
    app.extensions[PROTOCOL].registry._known.clear()

    refused(ask(api, token), "invalid_client", 401)


def test_an_api_whose_callers_client_is_disabled_is_told(
    app: Flask, api: Portal, caller: Portal
) -> None:
    form = {"grant_type": "client_credentials", "resource": API}
    token = (caller.post(form).json or {})["access_token"]

    disable_client(app, caller, forget=False)

    assert told(api, token) == NOTHING


def test_public_clients_cannot_prove_who_asks(app: Flask, member: Member, browser: Browser) -> None:
    portal = Portal.register(app, auth_method="none")
    tokens = portal.tokens(member.sign_in(portal, browser))

    refused(ask(portal, tokens["access_token"]), "invalid_client", 401)


def test_threat_29_forged_and_mangled_tokens_are_not_active(
    portal: Portal, member: Member, browser: Browser
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser))

    for token in forged(portal, tokens):
        if len(token) < 4096 and "\x00" not in token:
            assert told(portal, token) == NOTHING
        else:
            refused(ask(portal, token), "invalid_request")


def test_threat_39_no_other_kind_of_token_is_active(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)

    assert told(portal, answer["code"]) == NOTHING
    assert told(portal, portal.tokens(answer)["id_token"]) == NOTHING


def test_an_access_token_ends_after_ten_minutes(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    token = portal.tokens(member.sign_in(portal, browser))["access_token"]
    clock.advance(minutes=10, seconds=1)

    assert told(portal, token) == NOTHING


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": ["a", "b"]}])
def test_a_request_that_names_no_token_is_told_so(portal: Portal, form: dict[str, Any]) -> None:
    refused(portal.post(form, path="/oauth/introspect"), "invalid_request")


def test_a_token_in_the_address_does_not_count_and_get_is_no_way(
    portal: Portal, member: Member, browser: Browser
) -> None:
    path = f"/oauth/introspect?token={portal.tokens(member.sign_in(portal, browser))['id_token']}"

    refused(portal.post({}, path=path), "invalid_request")
    assert portal.app.test_client().get(path, base_url=portal.issuer).status_code == 405


def test_it_takes_at_most_two_statements_and_writes_nothing(
    both_app: Flask, both_core: Core
) -> None:
    portal = Portal.register(both_app, scopes=SCOPES, grant_types=("authorization_code",
        "refresh_token", "client_credentials"))  # fmt: skip
    tokens = portal.tokens(make_member(both_core).sign_in(portal, Browser(both_app)))
    own = (portal.post({"grant_type": "client_credentials"}).json or {})["access_token"]
    told(portal, "warm")

    for token, most in ((tokens["access_token"], 1), (tokens["refresh_token"], 2), (own, 2)):
        with counting(both_app) as counted:
            assert told(portal, token)["active"]
        assert counted.figures == (most, 0)


def test_scopes_that_staff_took_from_the_client_are_told_no_more(
    app: Flask, core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    token = portal.tokens(member.sign_in(portal, browser))["access_token"]
    assert "profile" in told(portal, token)["scope"].split()

    registration.change(core, portal.client.id, scopes=("openid",))
    app.extensions[PROTOCOL].registry._known.clear()

    assert told(portal, token)["scope"] == "openid"


def test_a_refresh_token_that_was_rotated_away_is_not_active_when_the_client_gets_a_secret(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, auth_method="none", scopes=SCOPES)
    first = portal.tokens(member.sign_in(portal, browser))
    second = portal.refresh(first["refresh_token"]).json or {}
    portal.client, portal.secret = registration.change(
        core, portal.client.id, auth_method="client_secret_basic"
    )

    assert told(portal, first["refresh_token"]) == NOTHING
    assert told(portal, second["refresh_token"])["active"]
