"""What an application must refuse when it signs people in, and how it lets them go."""

import base64
import json
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from .conftest import Browser
from .stub_provider import StubProvider

NOT_IN = "Die Anmeldung ist nicht gelungen"


def signed_in(browser: Browser) -> bool:
    return "Angemeldet als" in browser.get("/").text


def unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def by_the_client_secret(token: str) -> str:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("s3cret" * 8), ["HS256"])


def test_a_person_signs_in_and_is_greeted(any_app: Browser) -> None:
    landed = any_app.sign_in()

    assert (landed.status, landed.location) == (302, "/")
    assert "Anna Ahorn" in any_app.get("/").text


def test_the_request_carries_pkce_state_and_nonce(any_app: Browser, provider: StubProvider) -> None:
    any_app.to_provider()

    asked = provider.asked[0]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert all(len(asked[name]) >= 20 for name in ("state", "nonce"))
    assert asked["redirect_uri"] == f"{any_app.config.url}/callback"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": "somebody-else", "azp": "jobs"},
        {"aud": ["somebody-else"]},
        {"iss": "http://evil.example"},
        {"exp": 1_000_000_000},
        {"iat": 33_000_000_000},
        {"sub": 7},
    ],
    ids=str,
)
def test_an_id_token_with_a_wrong_claim_is_refused(
    jobs: Browser, provider: StubProvider, claims: dict[str, object]
) -> None:
    provider.claims = claims

    refused = jobs.sign_in()

    assert (refused.status, NOT_IN in refused.text) == (400, True)
    assert not signed_in(jobs)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB"),
        unsigned,
        by_the_client_secret,
        lambda _: "rubbish",
        lambda _: "a.b.c",
        lambda _: "ä.ö.ü",
        lambda _: 42,
        lambda _: None,
    ],
    ids=["signature", "none", "hs256", "rubbish", "dots", "umlauts", "number", "absent"],
)
def test_a_forged_id_token_is_refused(
    jobs: Browser, provider: StubProvider, forge: Callable[[str], object]
) -> None:
    provider.forge = forge

    refused = jobs.sign_in()

    assert (refused.status, NOT_IN in refused.text) == (400, True)
    assert not signed_in(jobs)


def test_a_key_nobody_published_is_refused(jobs: Browser, provider: StubProvider) -> None:
    provider.key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)

    assert jobs.sign_in().status == 400
    assert not signed_in(jobs)


def test_rs256_is_as_good_as_es256(jobs: Browser, provider: StubProvider) -> None:
    provider.use_rsa()

    assert jobs.sign_in().status == 302


def test_a_new_signing_key_is_fetched(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()
    provider.rotate()

    assert jobs.sign_in().status == 302


@pytest.mark.parametrize("issuer", [None, "http://evil.example"])
def test_an_answer_of_another_issuer_is_refused(
    any_app: Browser, provider: StubProvider, issuer: str | None
) -> None:
    provider.response = {"iss": issuer}

    refused = any_app.sign_in()

    assert (refused.status, NOT_IN in refused.text) == (400, True)
    assert not signed_in(any_app)


def test_a_discovery_document_of_another_issuer_is_refused(
    jobs: Browser, provider: StubProvider
) -> None:
    provider.metadata = {"issuer": "http://evil.example"}

    assert jobs.get("/login").status == 400


def test_userinfo_of_another_person_is_refused(jobs: Browser, provider: StubProvider) -> None:
    provider.userinfo_sub = "berta"

    assert jobs.sign_in().status == 400
    assert not signed_in(jobs)


def test_a_foreign_state_is_told_with_a_way_to_begin_again(jobs: Browser) -> None:
    jobs.to_provider()

    refused = jobs.get(f"/callback?code=x&state=foreign&iss={jobs.config.issuer}")

    assert refused.status == 400
    assert "Noch einmal anmelden" in refused.text


def test_an_answer_counts_once(jobs: Browser) -> None:
    answer = jobs.to_provider()

    assert jobs.get(answer).status == 302
    assert jobs.get(answer).status == 400


def test_a_cancelled_sign_in_is_told_kindly(any_app: Browser, provider: StubProvider) -> None:
    provider.response = {"code": None, "error": "access_denied", "error_description": "<b>evil"}

    refused = any_app.sign_in()

    assert refused.status == 403
    assert "Anmeldung abgebrochen" in refused.text
    assert "evil" not in refused.text


def test_an_unknown_error_is_not_repeated_on_the_page(
    jobs: Browser, provider: StubProvider
) -> None:
    provider.response = {"code": None, "error": "<script>alert(1)</script>"}

    refused = jobs.sign_in()

    assert refused.status == 400
    assert "<script>" not in refused.text


def test_three_tabs_sign_in_side_by_side(jobs: Browser) -> None:
    answers = [jobs.to_provider() for _ in range(3)]

    assert [jobs.get(answer).status for answer in answers] == [302, 302, 302]


def test_sign_ins_left_half_way_do_not_fill_the_cookie(jobs: Browser) -> None:
    for _ in range(30):
        jobs.get("/login")

    cookie = jobs.client.get_cookie("jobs_session", domain="127.0.0.1")
    assert cookie
    assert len(cookie.value) < 1000
    assert jobs.sign_in().status == 302


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example", "/\\evil", "/a?b", ""])
def test_nobody_is_led_elsewhere_after_signing_in(jobs: Browser, after: str) -> None:
    assert jobs.sign_in(f"/login?next={after}").location == "/"


def test_a_person_comes_back_to_the_page_that_wanted_a_sign_in(jobs: Browser) -> None:
    assert jobs.get("/new").location == "/login?next=/new"
    assert jobs.sign_in("/login?next=/new").location == "/new"


def test_an_unreachable_provider_is_a_page_and_no_crash(
    any_app: Browser, provider: StubProvider
) -> None:
    provider.metadata = {"token_endpoint": "http://127.0.0.1:1/token"}

    away = any_app.sign_in()

    assert away.status == 503
    assert "gerade nicht erreichbar" in away.text


def test_the_browser_never_holds_a_token(jobs: Browser) -> None:
    jobs.sign_in()

    answer = jobs.client.get("/new", base_url=jobs.config.url)
    with jobs.client.session_transaction(base_url=jobs.config.url) as kept:
        assert "at-1" not in repr(dict(kept))
    assert "at-1" not in answer.text


def test_the_cookie_is_named_for_the_application_and_guarded(any_app: Browser) -> None:
    answer = any_app.client.get("/login", base_url=any_app.config.url)

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{any_app.config.client_id}_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
