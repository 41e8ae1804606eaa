"""Being told by the provider that a person was signed out: believed with every proof only."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from clients.people import Person

from .conftest import Browser
from .stub_provider import LOGGED_OUT, StubProvider
from .test_oidc import by_the_client_secret, signed_in, unsigned


def told(browser: Browser, token: str | None) -> TestResponse:
    """What the provider is answered; it comes without a cookie."""
    stranger = browser.client.application.test_client()
    form = {} if token is None else {"logout_token": token}
    return stranger.post("/backchannel-logout", data=form, base_url=browser.config.url)


def test_a_logout_token_ends_the_stay(any_app: Browser, provider: StubProvider) -> None:
    any_app.sign_in()

    answer = told(any_app, provider.logout_token(any_app.config.client_id))

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert not signed_in(any_app)


def test_stays_of_another_browser_go_on(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()
    phone = Browser(jobs.client.application.test_client(), jobs.config)
    provider.sid = "another-browser"
    phone.sign_in()

    assert told(jobs, provider.logout_token("jobs")).status_code == 200

    assert (signed_in(jobs), signed_in(phone)) == (True, False)


def test_all_stays_of_one_sign_in_end(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()
    without_cookies = Browser(jobs.client.application.test_client(), jobs.config)
    without_cookies.sign_in()

    told(jobs, provider.logout_token("jobs"))

    assert (signed_in(jobs), signed_in(without_cookies)) == (False, False)


@pytest.mark.parametrize("left_out", ["sid", "sub"])
def test_one_of_sid_and_sub_is_enough(jobs: Browser, provider: StubProvider, left_out: str) -> None:
    jobs.sign_in()

    assert told(jobs, provider.logout_token("jobs", **{left_out: None})).status_code == 200

    assert not signed_in(jobs)


def test_a_sid_with_another_persons_sub_ends_nothing(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()

    assert told(jobs, provider.logout_token("jobs", sub="berta")).status_code == 200

    assert signed_in(jobs)


def test_an_unknown_sid_is_no_error(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()

    assert told(jobs, provider.logout_token("jobs", sid="unknown", sub=None)).status_code == 200

    assert signed_in(jobs)


def test_a_sign_in_under_way_and_a_draft_are_not_touched(
    jobs: Browser, provider: StubProvider
) -> None:
    answer = jobs.to_provider()

    assert told(jobs, provider.logout_token("jobs")).status_code == 200

    assert jobs.get(answer).status == 302
    assert signed_in(jobs)


@pytest.mark.parametrize(
    "changed",
    [
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"iss": "http://evil.example"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": ["somebody-else"]},
        {"aud": None},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": 1_000_000_000},
        {"iat": 33_000_000_000},
        {"exp": None},
        {"exp": 1_700_000_000},
        {"exp": 33_000_000_000},
        {"events": None},
        {"events": {}},
        {"events": {"other": {}}},
        {"events": {LOGGED_OUT: "yes"}},
        {"events": [LOGGED_OUT]},
        {"sid": None, "sub": None},
        {"sid": 7},
        {"sid": ""},
        {"sub": ["anna"]},
        {"nonce": "n"},
        {"jti": None},
        {"jti": 7},
        {"jti": ""},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    jobs: Browser, provider: StubProvider, changed: dict[str, object]
) -> None:
    jobs.sign_in()

    refused = told(jobs, provider.logout_token("jobs", **changed))  # type: ignore[arg-type]

    assert (refused.status_code, refused.headers["Cache-Control"]) == (400, "no-store")
    assert (refused.json or {})["error"] == "invalid_request"
    assert signed_in(jobs)


@pytest.mark.parametrize("audience", ["jobs", ["jobs"], ["jobs", "courses"]])
def test_the_audience_may_be_one_or_several(
    jobs: Browser, provider: StubProvider, audience: object
) -> None:
    assert told(jobs, provider.logout_token("jobs", aud=audience)).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB"),
        unsigned,
        by_the_client_secret,
        lambda _: "rubbish",
        lambda _: "a.b.c",
        lambda _: "ä.ö.ü",
        lambda _: "x" * 9000,
        lambda _: "",
        lambda _: None,
    ],
    ids=["signature", "none", "hs256", "rubbish", "dots", "umlauts", "long", "empty", "absent"],
)
def test_a_forged_token_is_refused(
    jobs: Browser, provider: StubProvider, forge: Callable[[str], str | None]
) -> None:
    jobs.sign_in()

    assert told(jobs, forge(provider.logout_token("jobs"))).status_code == 400

    assert signed_in(jobs)


def test_an_id_token_is_no_logout_token(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()
    leaving = jobs.post("/logout").location
    hint = leaving.partition("id_token_hint=")[2].partition("&")[0]
    jobs.sign_in()

    assert hint.count(".") == 2
    assert told(jobs, hint).status_code == 400
    assert signed_in(jobs)


def test_a_token_counts_once(jobs: Browser, provider: StubProvider) -> None:
    token = provider.logout_token("jobs")
    assert told(jobs, token).status_code == 200
    jobs.sign_in()

    assert told(jobs, token).status_code == 400

    assert signed_in(jobs)


def test_a_new_key_is_asked_for_once_a_minute(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()
    provider.rotate()
    asked = provider.keys_asked

    assert told(jobs, provider.logout_token("jobs")).status_code == 200
    provider.key = ECKey.generate_key("P-256", {"kid": "nobodys"}, private=True)
    for _ in range(5):
        assert told(jobs, provider.logout_token("jobs")).status_code == 400

    assert provider.keys_asked == asked + 1


def test_an_unreachable_provider_is_a_refusal_and_no_crash(
    jobs: Browser, provider: StubProvider
) -> None:
    provider.metadata = {"jwks_uri": "http://127.0.0.1:1/jwks"}

    assert told(jobs, provider.logout_token("jobs")).status_code == 400


def test_it_is_told_by_post_alone(jobs: Browser) -> None:
    assert jobs.get("/backchannel-logout").status == 405


def test_a_stay_of_an_older_version_is_still_read(jobs: Browser) -> None:
    person = Person("anna", "Anna", "", None, "id", "at", 0, sid="this-browser")
    before = json.loads(person.to_json())
    del before["sid"]

    assert Person.from_json(json.dumps(before)) == replace(person, sid="")
