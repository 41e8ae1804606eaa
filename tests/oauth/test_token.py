"""The token endpoint: who may redeem what, once (RFC 6749 §3.2, §4.1.3, §5.2; RFC 7636)."""

from typing import Any

import pytest
from flask import Flask

from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.conftest import Member
from tests.oauth.refusals import basic, refused
from tests.oauth.states import disable_client, set_account
from tests.relying_party import AFTER, Portal


def test_a_code_works_once_and_its_replay_kills_the_grant(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)
    tokens = portal.tokens(answer)

    refused(portal.redeem(answer), "invalid_grant")

    assert portal.userinfo(tokens["access_token"]).status_code == 401


def test_a_code_ends_after_a_minute(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    answer = member.sign_in(portal, browser)
    clock.advance(seconds=61)

    refused(portal.redeem(answer), "invalid_grant")


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": AFTER},
        {"redirect_uri": None},
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"code_verifier": "short"},
        {"code": "unknown"},
        {"code": "x" * 4000},
    ],
)
def test_a_code_with_anything_wrong_is_refused_and_not_spent(
    portal: Portal, member: Member, browser: Browser, changed: dict[str, str | None]
) -> None:
    answer = member.sign_in(portal, browser)

    refused(portal.redeem(answer, **changed), "invalid_grant")

    assert portal.redeem(answer).status_code == 200


def test_threat_26_a_verifier_without_challenge_is_refused(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, require_pkce=False)
    answer = member.sign_in(portal, browser, code_challenge=None, code_challenge_method=None)

    refused(portal.redeem(answer), "invalid_grant")


def test_threat_27_another_client_cannot_redeem_a_code_nor_spend_it(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)

    refused(Portal.register(app, name="Thief").redeem(answer), "invalid_grant")

    assert portal.redeem(answer).status_code == 200


@pytest.mark.parametrize("state", ["locked", "disabled", "deleted", "pending"])
def test_threat_21_a_code_of_an_account_in_any_other_state_gives_nothing(
    app: Flask, portal: Portal, member: Member, browser: Browser, state: str
) -> None:
    answer = member.sign_in(portal, browser)
    set_account(app, member.id, state)

    refused(portal.redeem(answer), "invalid_grant")


def test_disabling_a_client_counts_at_once_whatever_a_cache_says(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)
    disable_client(app, portal, forget=False)

    refused(portal.redeem(answer), "invalid_grant")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(b"unknown:secret"),
        basic(b"nocolon"),
        basic(b"\xff\xfe:\xff"),
        basic(b"\x00:\x00"),
        basic(b"%00:%00"),
        {"Authorization": "Basic ###"},
        {"Authorization": "Basic"},
        {"Authorization": "Bearer x"},
        {"Authorization": ""},
        {"Authorization": "Basic " + "QQ" * 5000},
    ],
)
def test_bad_client_authentication_is_a_401(portal: Portal, headers: dict[str, str]) -> None:
    response = portal.post({"grant_type": "client_credentials"}, auth=False, headers=headers)

    refused(response, "invalid_client", 401)
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_a_wrong_secret_is_a_401(portal: Portal) -> None:
    headers = basic(f"{portal.client.id}:schlüssel".encode())

    refused(
        portal.post({"grant_type": "authorization_code"}, auth=False, headers=headers),
        "invalid_client", 401,
    )  # fmt: skip


def test_only_the_registered_method_counts(portal: Portal) -> None:
    form = {
        "grant_type": "authorization_code",
        "client_id": portal.client.id,
        "client_secret": portal.secret,
    }

    refused(portal.post(form, auth=False), "invalid_client", 401)


def test_a_confidential_client_cannot_pretend_to_be_public(portal: Portal) -> None:
    form = {"grant_type": "authorization_code", "client_id": portal.client.id, "code": "x"}

    refused(portal.post(form, auth=False), "invalid_client", 401)


def test_two_ways_of_authentication_at_once_are_refused(portal: Portal) -> None:
    form = {"grant_type": "authorization_code", "client_secret": portal.secret}

    refused(portal.post(form), "invalid_request")


def test_a_client_id_that_contradicts_the_header_is_refused(portal: Portal) -> None:
    refused(portal.post({"grant_type": "authorization_code", "client_id": "x"}), "invalid_request")


def test_a_form_encoded_secret_in_the_header_is_decoded(app: Flask) -> None:
    portal = Portal.register(app, id="a b", grant_types=("client_credentials",), redirect_uris=())
    headers = basic(f"a+b:{portal.secret}".encode())

    response = portal.post({"grant_type": "client_credentials"}, auth=False, headers=headers)

    assert response.status_code == 200


def test_parameters_in_the_address_do_not_count(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)
    response = app.test_client().post(
        "/oauth/token?grant_type=authorization_code&code=" + answer["code"],
        headers=basic(f"{portal.client.id}:{portal.secret}".encode()),
        base_url=portal.issuer,
    )

    refused(response, "invalid_request")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": 'x"\\é'}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "authorization_code", "code": "a\x00b"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": ["a", "b"]}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x" * 5000}, "invalid_request"),
        ({f"p{n}": "x" for n in range(60)}, "invalid_request"),
    ],
)
def test_every_other_mistake_has_its_error(
    portal: Portal, form: dict[str, Any], error: str
) -> None:
    refused(portal.post(form), error)


def test_a_client_without_the_grant_type_is_told_so(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, grant_types=("client_credentials",), redirect_uris=())

    for grant_type in ("authorization_code", "refresh_token"):
        refused(portal.post({"grant_type": grant_type, "code": "x"}), "unauthorized_client")


def test_get_is_no_way_to_ask_for_tokens(app: Flask, portal: Portal) -> None:
    response = app.test_client().get("/oauth/token", base_url=portal.issuer)

    assert response.status_code == 405
