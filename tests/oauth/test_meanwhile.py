"""What happens between two steps of a request: resets, rotations, other tabs."""

from typing import Any

import pytest
from flask import Flask

from idp.accounts import grants, sessions
from idp.core import Core
from idp.oauth import authorize, registration, steps
from idp.oauth.steps import Situation, Step
from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.oauth.conftest import Member
from tests.oauth.refusals import refused
from tests.relying_party import AFTER, Portal

SCOPES = ("openid", "profile", "offline_access")


def test_a_session_that_ends_during_authorize_gets_no_code(
    core: Core, portal: Portal, member: Member, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    member.sign_in(portal, browser)
    issue = authorize.issue

    def after_a_reset(*given: Any) -> str | None:
        sessions.shut_out(core, member.id)
        return issue(*given)

    with monkeypatch.context() as patch:
        patch.setattr(authorize, "issue", after_a_reset)
        page = portal.start(browser)

    assert page.path == "/login"
    assert core.db.query(grants.Grant).filter_by(revoked_at=None).count() == 0


def test_a_new_secret_counts_at_once(core: Core, portal: Portal) -> None:
    portal.post({"grant_type": "refresh_token"})
    portal.secret = registration.rotate_secret(core, portal.client.id)

    response = portal.post({"grant_type": "refresh_token"})

    assert (response.json or {})["error"] == "invalid_request"


def test_a_logout_with_an_older_hint_can_be_confirmed(
    portal: Portal, member: Member, browser: Browser
) -> None:
    old = portal.tokens(member.sign_in(portal, browser))["id_token"]
    page = browser.open("/logout")
    page.send(form=page.form("csrf_token"))
    member.sign_in(portal, browser)

    page = browser.open(f"/oauth/logout?id_token_hint={old}&post_logout_redirect_uri={AFTER}")
    with pytest.raises(Left) as left:
        page.send(form=page.form("client_id"))

    assert left.value.location == AFTER
    assert portal.answer(browser, prompt="none")["error"] == "login_required"


def test_a_session_that_ended_elsewhere_can_still_be_signed_out(
    core: Core, portal: Portal, member: Member, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    member.sign_in(portal, browser)
    page = browser.open("/logout")
    end = sessions.end

    def twice(*given: Any) -> None:
        end(*given)
        end(*given)

    monkeypatch.setattr(sessions, "end", twice)

    assert page.send(form=page.form("csrf_token")).status == 200


def test_an_unknown_parameter_named_r_is_ignored(portal: Portal, browser: Browser) -> None:
    assert portal.start(browser, r="foo").path == "/login"


def test_the_activation_page_may_lead_to_the_application(
    app: Flask, core: Core, portal: Portal, browser: Browser
) -> None:
    request_id = portal.start(browser).url.rpartition("=")[2]
    page = browser.open(f"/register?r={request_id}")
    page.send(
        given_name="Nora", family_name="Neu", email="nora@example.test",
        accept_terms="y", accept_privacy="y",
    )  # fmt: skip
    [row] = [due for due in _leased(core) if due.payload.get("template") == "activate"]

    page = browser.open(row.payload["facts"]["link"])

    assert "https://portal.example" in page.response.headers["Content-Security-Policy"]
    with pytest.raises(Left):
        page.send(password="Sonnenblumenkern am Fenster")


def _leased(core: Core) -> list[Any]:
    with core.writing():
        return core.post.lease(20)


def test_threat_17_a_hint_without_its_cookie_still_signs_out(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    hint = portal.tokens(member.sign_in(portal, browser))["id_token"]

    gone = Browser(app).post("/oauth/logout", {"id_token_hint": hint})

    assert gone.status == 200
    assert portal.answer(browser, prompt="none")["error"] == "login_required"
    assert Browser(app).post("/oauth/logout", {"id_token_hint": hint}).status == 200


def test_a_hint_whose_grant_is_forgotten_is_no_error(
    app: Flask, core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    hint = portal.tokens(member.sign_in(portal, browser))["id_token"]
    with core.writing():
        core.db.query(grants.Grant).delete()

    assert Browser(app).post("/oauth/logout", {"id_token_hint": hint}).status == 200


def test_a_used_code_shown_by_another_client_revokes_nothing(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)
    tokens = portal.tokens(answer)

    Portal.register(app, name="Other").redeem(answer)

    assert portal.userinfo(tokens["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/oauth/token", {}, 405),
        ("POST", "/oauth/token", {"code": "x" * 70_000}, 413),
        ("DELETE", "/oauth/userinfo", {}, 405),
        ("GET", "/oauth/nothing", {}, 404),
    ],
)
def test_programs_get_errors_as_json(
    app: Flask, method: str, path: str, body: dict[str, str], status: int
) -> None:
    response = app.test_client().open(
        path, method=method, data=body, base_url="http://127.0.0.1:8000"
    )

    assert response.status_code == status
    assert (response.json or {})["error"] == "invalid_request"


def test_a_used_refresh_token_shown_by_another_client_revokes_nothing(
    app: Flask, offline_portal: Portal, member: Member, browser: Browser
) -> None:
    first = offline_portal.tokens(member.sign_in(offline_portal, browser))
    second = offline_portal.refresh(first["refresh_token"]).json or {}
    thief = Portal.register(app, name="Thief", auth_method="none", scopes=SCOPES)

    refused(thief.refresh(first["refresh_token"]), "invalid_grant")

    assert offline_portal.refresh(second["refresh_token"]).status_code == 200


def test_a_session_whose_time_is_over_during_authorize_gets_no_code(
    portal: Portal,
    member: Member,
    browser: Browser,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    member.sign_in(portal, browser)
    judged = steps.first

    def twelve_hours_later(at: Situation) -> Step | None:
        step = judged(at)
        clock.advance(hours=12, seconds=1)
        return step

    with monkeypatch.context() as patch:
        patch.setattr(steps, "first", twelve_hours_later)
        answer = portal.answer(browser, prompt="none")

    assert answer["error"] == "login_required"
