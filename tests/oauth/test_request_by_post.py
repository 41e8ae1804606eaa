"""Authorization requests by POST (OIDC Core §3.1.2.1): no cookie comes along, none is set."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.core import Core
from idp.oauth import requests
from idp.oauth.models import PendingRequest
from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.oauth.conftest import Member
from tests.relying_party import Portal, answered


def sent(app: Flask, portal: Portal, **changed: str | None) -> TestResponse:
    """Post a request as a page of another site does: without our cookies, without our token."""
    values = dict(parse_qsl(urlsplit(portal.authorization(**changed)).query))
    return app.test_client().post("/oauth/authorize", data=values, base_url=portal.issuer)


def test_oidcc_ensure_post_request_succeeds(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    response = sent(app, portal)
    assert (response.status_code, "Set-Cookie" in response.headers) == (303, False)

    page = browser.open(response.headers["Location"])
    assert page.path == "/login"
    answer = portal.caught(lambda: page.send(username=member.email, password=member.password))

    assert portal.tokens(answer)["id_token"]


def test_a_posted_request_of_somebody_signed_in_comes_straight_back(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    with pytest.raises(Left) as left:
        browser.open(sent(app, portal, state="another").headers["Location"])

    assert answered(left.value)["state"] == "another"


def test_a_posted_request_belongs_to_the_browser_that_opens_it_first(
    app: Flask, portal: Portal, browser: Browser
) -> None:
    where = sent(app, portal).headers["Location"]
    assert browser.open(where).path == "/login"

    assert Browser(app).open(where).error_code == "request_expired"
    assert browser.open(where).path == "/login"


def test_a_posted_request_that_is_wrong_answers_the_application_at_once(
    app: Flask, portal: Portal
) -> None:
    response = sent(app, portal, max_age="soon")

    assert answered(Left(response.headers["Location"]))["error"] == "invalid_request"
    assert "Set-Cookie" not in response.headers


def test_a_posted_request_that_may_not_redirect_shows_its_error_by_get(
    app: Flask, portal: Portal, browser: Browser
) -> None:
    response = sent(app, portal, redirect_uri="https://evil.example/")
    assert (response.status_code, "Set-Cookie" in response.headers) == (303, False)

    page = browser.open(response.headers["Location"])

    assert (page.path, page.error_code) == ("/oauth/authorize", "redirect_uri_unregistered")


def test_prompt_none_by_post_answers_without_a_page(
    app: Flask, portal: Portal, browser: Browser
) -> None:
    with pytest.raises(Left) as left:
        browser.open(sent(app, portal, prompt="none").headers["Location"])

    assert answered(left.value)["error"] == "login_required"


def test_parameters_beyond_the_known_ones_are_not_kept(
    app: Flask, portal: Portal, core: Core
) -> None:
    sent(app, portal, extra="x" * 3000)

    row = core.db.query(PendingRequest).one()
    kept = core.vault.open(f"pending_request:{row.id}", row.parameters)
    assert b"extra" not in kept
    assert row.browser is None


def test_stack_2_signs_that_no_database_holds_are_refused_on_both(both_app: Flask) -> None:
    client = both_app.test_client()
    for client_id in ("a\0b", "a\ud800", "\r\n", "x" * 4000):
        data = urlencode({"client_id": client_id, "redirect_uri": "x"}, errors="surrogatepass")
        response = client.post(
            "/oauth/authorize",
            data=data,
            content_type="application/x-www-form-urlencoded",
            base_url="http://127.0.0.1:8000",
        )
        assert response.status_code == 303
        assert response.headers["Location"].startswith("/oauth/authorize?")


def test_a_request_is_as_old_as_its_opening(
    app: Flask, portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    where = sent(app, portal, prompt="login").headers["Location"]
    clock.advance(minutes=5)
    member.sign_in(portal, browser)
    clock.advance(seconds=2)

    assert browser.open(where).path == "/login"


def test_of_two_browsers_that_open_a_posted_request_at_once_one_has_it(
    both_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal.register(both_app)
    where = sent(both_app, portal).headers["Location"]
    winner, loser, adopt = Browser(both_app), Browser(both_app), requests._adopt

    def later(core: Core, request_id: str, browser: str) -> object:
        monkeypatch.setattr(requests, "_adopt", adopt)
        core.db.rollback()
        assert winner.open(where).path == "/login"
        return adopt(core, request_id, browser)

    monkeypatch.setattr(requests, "_adopt", later)

    assert loser.open(where).error_code == "request_expired"
    assert winner.open(where).path == "/login"
