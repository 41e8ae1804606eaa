"""Cross-origin requests: who may read which answers from a page in a browser (WHATWG Fetch)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from idp.core import Core
from idp.oauth.cors import origin_of
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.counting import counting
from tests.oauth.conftest import Member
from tests.oauth.states import disable_client
from tests.relying_party import VERIFIER, Portal

ORIGIN = "https://portal.example"
DOCUMENTS = (
    "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks",
)  # fmt: skip
POSTED = ("/oauth/token", "/oauth/revoke")
SHARED = (*DOCUMENTS, *POSTED, "/oauth/userinfo")
ELSEWHERE = ("/", "/login", "/oauth/authorize", "/oauth/logout", "/oauth/introspect", "/healthz")
METHODS = {**dict.fromkeys(DOCUMENTS, "GET"), **dict.fromkeys(POSTED, "POST")}

Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(app: Flask) -> Ask:
    """Ask as a page of this origin would."""

    def ask(path: str, origin: str | None = ORIGIN, method: str | None = None) -> TestResponse:
        headers = {"Origin": origin} if origin is not None else {}
        method = method or METHODS.get(path, "GET")
        if method == "OPTIONS":
            headers["Access-Control-Request-Method"] = METHODS.get(path, "GET")
        return app.test_client().open(
            path, method=method, headers=headers, base_url="http://127.0.0.1:8000"
        )

    return ask


@pytest.fixture
def page(offline_portal: Portal) -> Portal:
    """A public client at `ORIGIN`."""
    return offline_portal


def granted(response: TestResponse) -> dict[str, str]:
    return {k: v for k, v in response.headers if k.startswith("Access-Control-")}


@pytest.mark.parametrize("path", SHARED)
def test_a_page_of_a_public_client_reads_the_answer(ask: Ask, page: Portal, path: str) -> None:
    answer = ask(path)

    assert answer.status_code in (200, 400, 401)
    assert granted(answer) == {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Expose-Headers": "WWW-Authenticate",
    }
    assert "Origin" in answer.headers.getlist("Vary")


@pytest.mark.parametrize("path", SHARED)
def test_a_page_of_a_public_client_may_ask_first(ask: Ask, page: Portal, path: str) -> None:
    answer = ask(path, method="OPTIONS")

    methods = granted(answer).pop("Access-Control-Allow-Methods").split(", ")
    assert answer.status_code == 204
    assert answer.data == b""
    assert METHODS.get(path, "GET") in methods
    assert granted(answer) == {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize("method", [None, "OPTIONS"])
@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_other_address_is_shared(ask: Ask, page: Portal, path: str, method: str | None) -> None:
    assert granted(ask(path, method=method)) == {}


@pytest.mark.parametrize("path", SHARED)
def test_caches_keep_answers_apart_by_origin_even_without_one(
    ask: Ask, page: Portal, path: str
) -> None:
    for origin in (None, ORIGIN, "https://evil.example"):
        assert "Origin" in ask(path, origin).headers.getlist("Vary")


STRANGERS = [
    "null", "", "*", "https://", "portal.example",
    "http://portal.example", "https://portal.example:8443", "https://portal.example:443",
    "https://PORTAL.example", "HTTPS://portal.example", "https://portal.example/",
    "https://portal.example/callback", "https://portal.example.", "https://www.portal.example",
    "https://evil-portal.example", "https://portal.example.evil", "https://portal.example@evil.test",
    "https://evil.test#https://portal.example", "https://portal.example, https://evil.test",
    "https://portal.example https://evil.test", "https://portalxexample",
]  # fmt: skip


@pytest.mark.parametrize("origin", STRANGERS)
def test_another_origin_gets_the_plain_answer(ask: Ask, page: Portal, origin: str) -> None:
    for path in ("/.well-known/openid-configuration", "/oauth/token"):
        plain, answer = ask(path, None), ask(path, origin)

        assert (answer.status_code, answer.data) == (plain.status_code, plain.data)
        assert granted(answer) == granted(ask(path, origin, "OPTIONS")) == {}


def test_a_confidential_client_runs_in_no_page(ask: Ask, portal: Portal) -> None:
    assert granted(ask("/oauth/token")) == {}


def test_a_disabled_client_is_no_client(
    ask: Ask, app: Flask, page: Portal, clock: MovableClock
) -> None:
    assert granted(ask("/oauth/token"))

    disable_client(app, page)
    clock.advance(seconds=5)

    assert granted(ask("/oauth/token")) == {}


def test_a_new_client_is_known_within_seconds(
    ask: Ask, app: Flask, page: Portal, clock: MovableClock
) -> None:
    assert granted(ask("/oauth/token"))
    Portal.register(app, auth_method="none", redirect_uris=("http://localhost:3000/cb",))

    clock.advance(seconds=5)

    for origin in (ORIGIN, "http://localhost:3000"):
        assert granted(ask("/oauth/token", origin))["Access-Control-Allow-Origin"] == origin


def test_no_answer_allows_credentials_or_everybody(ask: Ask, page: Portal) -> None:
    for path in SHARED:
        for method in (None, "OPTIONS"):
            headers = granted(ask(path, method=method))
            assert "Access-Control-Allow-Credentials" not in headers
            assert "*" not in headers.values()


def test_errors_of_the_guard_can_be_read_too(app: Flask, page: Portal) -> None:
    answer = app.test_client().post(
        "/oauth/token", data={"code": "x" * 70_000}, headers={"Origin": ORIGIN},
        base_url=page.issuer,
    )  # fmt: skip

    assert answer.status_code == 413
    assert granted(answer)["Access-Control-Allow-Origin"] == ORIGIN


def test_another_host_is_refused_without_a_word_about_origins(app: Flask, page: Portal) -> None:
    answer = app.test_client().get(
        DOCUMENTS[0], headers={"Origin": ORIGIN}, base_url="http://evil.example:8000"
    )

    assert answer.status_code == 400
    assert granted(answer) == {}


def test_an_etag_still_saves_the_body(app: Flask, ask: Ask, page: Portal) -> None:
    etag = ask(DOCUMENTS[0]).headers["ETag"]

    answer = app.test_client().get(
        DOCUMENTS[0], headers={"Origin": ORIGIN, "If-None-Match": etag}, base_url=page.issuer
    )

    assert answer.status_code == 304
    assert granted(answer)["Access-Control-Allow-Origin"] == ORIGIN


def test_a_browser_application_signs_in_and_reads_everything(
    app: Flask, page: Portal, member: Member, browser: Browser
) -> None:
    form = {
        "grant_type": "authorization_code", "code": member.sign_in(page, browser)["code"],
        "redirect_uri": page.redirect_uri, "code_verifier": VERIFIER,
    }  # fmt: skip

    tokens = page.post(form, headers={"Origin": ORIGIN})
    bearer = f"Bearer {(tokens.json or {})['access_token']}"
    userinfo = app.test_client().get(
        "/oauth/userinfo", base_url=page.issuer,
        headers={"Origin": ORIGIN, "Authorization": bearer},
    )  # fmt: skip

    assert (userinfo.json or {})["sub"] == member.id
    for answer in (tokens, userinfo):
        assert granted(answer)["Access-Control-Allow-Origin"] == ORIGIN


def test_origins_cost_one_statement_when_stale_and_none_when_not_asked_for(
    both_app: Flask, clock: MovableClock
) -> None:
    clock.freeze()
    Portal.register(both_app, auth_method="none")
    client = both_app.test_client()

    def statements(origin: str | None) -> int:
        headers = {"Origin": origin} if origin else {}
        with counting(both_app) as counted:
            for path in ("/.well-known/openid-configuration", "/oauth/jwks"):
                client.get(path, headers=headers, base_url="http://127.0.0.1:8000")
        return len(counted.statements)

    statements(None)

    assert [statements(None), statements(ORIGIN), statements(ORIGIN)] == [0, 1, 0]
    clock.advance(seconds=5)
    assert [statements(None), statements("https://evil.example")] == [0, 1]


def test_documents_are_answered_while_the_database_is_away(
    ask: Ask, core: Core, page: Portal, clock: MovableClock
) -> None:
    assert granted(ask(DOCUMENTS[0]))
    with core.writing():
        core.db.execute(text("ALTER TABLE client RENAME TO elsewhere"))
    clock.advance(seconds=5)

    answer = ask(DOCUMENTS[0])

    assert answer.status_code == 200
    assert granted(answer)["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://portal.example/callback", "https://portal.example"),
        ("https://Portal.Example:443/callback?a=b", "https://portal.example"),
        ("https://portal.example:8443/", "https://portal.example:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://127.0.0.1:443/", "http://127.0.0.1:443"),
        ("http://[::1]:3000/cb", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_spelled_as_browsers_write_it(uri: str, origin: str) -> None:
    assert origin_of(uri) == origin
