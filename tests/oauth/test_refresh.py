"""Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2)."""

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth import registration
from idp.oauth.protocol import NAME as PROTOCOL
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member
from tests.oauth.refusals import refused
from tests.oauth.states import disable_client, set_account
from tests.relying_party import Portal


@pytest.fixture
def confidential(app: Flask) -> Portal:
    return Portal.register(app, scopes=("openid", "profile", "offline_access"))


def test_no_refresh_token_without_offline_access(
    portal: Portal, member: Member, browser: Browser
) -> None:
    assert "refresh_token" not in portal.tokens(member.sign_in(portal, browser))


def test_a_public_client_gets_a_new_one_each_time(
    offline_portal: Portal, member: Member, browser: Browser
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))

    second = offline_portal.refresh(first["refresh_token"]).json or {}
    third = offline_portal.refresh(second["refresh_token"]).json or {}

    assert len({t["refresh_token"] for t in (first, second, third)}) == 3


def test_threat_28_a_rotated_token_kills_the_family(
    offline_portal: Portal, member: Member, browser: Browser
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))
    second = offline_portal.refresh(first["refresh_token"]).json or {}

    refused(offline_portal.refresh(first["refresh_token"]), "invalid_grant")

    refused(offline_portal.refresh(second["refresh_token"]), "invalid_grant")
    assert offline_portal.userinfo(second["access_token"]).status_code == 401


def test_a_confidential_client_keeps_its_token(
    confidential: Portal, member: Member, browser: Browser
) -> None:
    token = confidential.tokens(member.sign_in(confidential, browser))["refresh_token"]

    answers = [confidential.refresh(token) for _ in range(3)]

    assert [a.status_code for a in answers] == [200] * 3
    assert all("refresh_token" not in (a.json or {}) for a in answers)


def test_a_refreshed_id_token_tells_the_same_sign_in(
    offline_portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))
    clock.advance(hours=3)
    second = offline_portal.refresh(first["refresh_token"]).json or {}

    before, after = (offline_portal.verified(t["id_token"]).claims for t in (first, second))

    for name in ("sub", "auth_time", "sid", "acr", "amr", "aud", "iss"):
        assert before[name] == after[name]
    assert after["iat"] >= before["iat"] + 3 * 3600
    assert (before["nonce"], "nonce" in after) == ("the-nonce", False)


def test_offline_access_outlives_the_session(
    offline_portal: Portal, member: Member, browser: Browser
) -> None:
    token = offline_portal.tokens(member.sign_in(offline_portal, browser))["refresh_token"]
    browser.open("/logout").send(form=browser.open("/logout").form("csrf_token"))

    assert offline_portal.refresh(token).status_code == 200


def test_an_idle_token_ends_after_thirty_days_and_use_prolongs_it(
    confidential: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    token = confidential.tokens(member.sign_in(confidential, browser))["refresh_token"]

    clock.advance(days=29)
    assert confidential.refresh(token).status_code == 200
    clock.advance(days=29)
    assert confidential.refresh(token).status_code == 200
    clock.advance(days=31)
    refused(confidential.refresh(token), "invalid_grant")


def test_no_family_lives_longer_than_180_days(
    offline_portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    tokens = offline_portal.tokens(member.sign_in(offline_portal, browser))

    months = 0
    while True:
        clock.advance(days=29)
        response = offline_portal.refresh(tokens["refresh_token"])
        if response.status_code != 200:
            break
        months, tokens = months + 1, response.json or {}

    assert months == 6


def test_scope_can_shrink_and_not_grow(
    offline_portal: Portal, member: Member, browser: Browser
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))

    narrow = offline_portal.refresh(first["refresh_token"], scope="openid").json or {}
    wide = offline_portal.refresh(narrow["refresh_token"], scope="openid email")

    assert narrow["scope"] == "openid"
    assert "name" not in (offline_portal.userinfo(narrow["access_token"]).json or {})
    refused(wide, "invalid_scope")


def test_without_openid_there_is_no_new_id_token(
    offline_portal: Portal, member: Member, browser: Browser
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))

    body = offline_portal.refresh(first["refresh_token"], scope="profile").json or {}

    assert "id_token" not in body
    assert offline_portal.userinfo(body["access_token"]).status_code == 403


def test_a_refused_scope_spends_nothing(
    offline_portal: Portal, member: Member, browser: Browser
) -> None:
    token = offline_portal.tokens(member.sign_in(offline_portal, browser))["refresh_token"]

    refused(offline_portal.refresh(token, scope="openid email"), "invalid_scope")

    assert offline_portal.refresh(token).status_code == 200


def test_threat_27_another_client_cannot_use_it(
    app: Flask, offline_portal: Portal, member: Member, browser: Browser
) -> None:
    token = offline_portal.tokens(member.sign_in(offline_portal, browser))["refresh_token"]
    thief = Portal.register(
        app, name="Thief", auth_method="none", scopes=("openid", "offline_access")
    )

    refused(thief.refresh(token), "invalid_grant")

    assert offline_portal.refresh(token).status_code == 200


@pytest.mark.parametrize("state", ["locked", "disabled", "deleted", "pending"])
def test_threat_21_no_refresh_for_an_account_in_any_other_state(
    app: Flask, offline_portal: Portal, member: Member, browser: Browser, state: str
) -> None:
    token = offline_portal.tokens(member.sign_in(offline_portal, browser))["refresh_token"]
    set_account(app, member.id, state)

    refused(offline_portal.refresh(token), "invalid_grant")


def test_a_disabled_client_refreshes_nothing(
    app: Flask, offline_portal: Portal, member: Member, browser: Browser
) -> None:
    token = offline_portal.tokens(member.sign_in(offline_portal, browser))["refresh_token"]
    disable_client(app, offline_portal, forget=False)

    refused(offline_portal.refresh(token), "invalid_grant")


@pytest.mark.parametrize("token", ["unknown", "", "x" * 3000, "ü"])
def test_a_token_nobody_issued_is_refused(offline_portal: Portal, token: str) -> None:
    expected = "invalid_grant" if token else "invalid_request"

    refused(offline_portal.refresh(token), expected)


def test_scopes_that_staff_took_from_the_client_end_at_once(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    asked = '{"userinfo": {"email": null}, "id_token": {"given_name": null}}'
    portal = Portal.register(app, scopes=("openid", "profile", "email", "offline_access"))
    tokens = portal.tokens(member.sign_in(portal, browser, claims=asked))

    registration.change(core, portal.client.id, scopes=("openid", "offline_access"))
    app.extensions[PROTOCOL].registry.find(portal.client.id, fresh=True)

    assert portal.userinfo(tokens["access_token"]).json == {"sub": member.id}
    later = portal.refresh(tokens["refresh_token"]).json or {}
    assert later["scope"] == "openid offline_access"
    assert "given_name" not in portal.verified(later["id_token"]).claims


def test_a_narrowed_refresh_names_no_business(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=("openid", "business", "offline_access"))
    linked(core, member)
    tokens = portal.tokens(member.sign_in(portal, browser))

    whole = portal.refresh(tokens["refresh_token"]).json or {}
    less = portal.refresh(tokens["refresh_token"], scope="openid").json or {}

    assert "business" in portal.verified(whole["id_token"]).claims
    assert "business" not in portal.verified(less["id_token"]).claims


def test_a_token_that_is_kept_ends_after_180_days_however_often_it_is_used(
    confidential: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    token = confidential.tokens(member.sign_in(confidential, browser))["refresh_token"]

    for _ in range(6):
        clock.advance(days=29)
        assert confidential.refresh(token).status_code == 200

    clock.advance(days=6, seconds=1)
    refused(confidential.refresh(token), "invalid_grant")


def test_threat_28_a_token_that_was_rotated_away_stays_so_when_the_client_gets_a_secret(
    core: Core, offline_portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))
    second = offline_portal.refresh(first["refresh_token"]).json or {}
    offline_portal.client, offline_portal.secret = registration.change(
        core, offline_portal.client.id, auth_method="client_secret_basic"
    )

    refused(offline_portal.refresh(first["refresh_token"]), "invalid_grant")

    refused(offline_portal.refresh(second["refresh_token"]), "invalid_grant")
