"""UserInfo: three ways to ask, and when it refuses (OIDC Core §5.3, RFC 6750)."""

from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.conftest import Member
from tests.oauth.states import set_account
from tests.relying_party import Portal


@pytest.fixture
def tokens(portal: Portal, member: Member, browser: Browser) -> dict[str, Any]:
    return portal.tokens(member.sign_in(portal, browser))


def ask(portal: Portal, method: str = "POST", **more: Any) -> TestResponse:
    return portal.app.test_client().open(
        "/oauth/userinfo", method=method, base_url=portal.issuer, **more
    )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_get_post_with_header_and_post_with_body_answer_alike(
    portal: Portal, tokens: dict[str, Any]
) -> None:
    token = tokens["access_token"]

    answers = [
        ask(portal, "GET", headers=bearer(token)),
        ask(portal, headers=bearer(token)),
        ask(portal, data={"access_token": token}),
        ask(portal, "GET", headers={"Authorization": f"bearer {token}"}),
    ]

    assert [a.status_code for a in answers] == [200] * 4
    assert len({a.text for a in answers}) == 1
    assert answers[0].mimetype == "application/json"


def test_without_a_token_no_error_code_is_told(portal: Portal) -> None:
    response = ask(portal, "GET")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="idp"'


def test_a_token_in_the_address_does_not_count(portal: Portal, tokens: dict[str, Any]) -> None:
    response = ask(portal, "GET", query_string={"access_token": tokens["access_token"]})

    assert response.status_code == 401


def test_two_tokens_at_once_are_refused(portal: Portal, tokens: dict[str, Any]) -> None:
    token = tokens["access_token"]

    response = ask(portal, headers=bearer(token), data={"access_token": token})

    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["WWW-Authenticate"]


def test_a_token_ends_after_ten_minutes(
    portal: Portal, tokens: dict[str, Any], clock: MovableClock
) -> None:
    clock.advance(minutes=10, seconds=1)

    response = portal.userinfo(tokens["access_token"])

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_threat_39_an_id_token_is_no_access_token(portal: Portal, tokens: dict[str, Any]) -> None:
    assert portal.userinfo(tokens["id_token"]).status_code == 401


@pytest.mark.parametrize("state", ["locked", "disabled", "deleted"])
def test_threat_21_it_says_nothing_about_an_account_in_any_other_state(
    app: Flask, portal: Portal, member: Member, tokens: dict[str, Any], state: str
) -> None:
    set_account(app, member.id, state)

    assert portal.userinfo(tokens["access_token"]).status_code == 401


def test_signing_out_ends_the_access_token(
    portal: Portal, tokens: dict[str, Any], browser: Browser
) -> None:
    browser.open("/logout").send(form=browser.open("/logout").form("csrf_token"))

    assert portal.userinfo(tokens["access_token"]).status_code == 401


def forged(portal: Portal, tokens: dict[str, Any]) -> list[str]:
    """Return tokens that a careless verifier has taken for ours (threat 29)."""
    good = portal.verified(tokens["access_token"])
    own = ECKey.generate_key("P-256")
    kid = good.header["kid"]
    jwks = portal.app.test_client().get("/oauth/jwks", base_url=portal.issuer)
    public_as_secret = OctKey.import_key(jwks.data)
    head, body, signature = tokens["access_token"].split(".")
    return [
        jwt.encode({"alg": "ES256", "kid": kid, "typ": "at+jwt"}, good.claims, own, ["ES256"]),
        jwt.encode({"alg": "ES256", "typ": "at+jwt"}, good.claims, own, ["ES256"]),
        jwt.encode(
            {"alg": "ES256", "typ": "at+jwt", "jwk": own.as_dict(private=False)},
            good.claims, own, ["ES256"],
        ),
        jwt.encode({"alg": "HS256", "kid": kid, "typ": "at+jwt"}, good.claims, public_as_secret),
        f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}",
        f"{head}.{body}",
        tokens["access_token"] + ".x",
        "x" * 20_000,
        "é",
        "\x00",
        "..",
    ]  # fmt: skip


def test_threat_29_forged_and_mangled_tokens_are_refused(
    portal: Portal, tokens: dict[str, Any]
) -> None:
    for token in forged(portal, tokens):
        response = ask(portal, data={"access_token": token})
        assert response.status_code == 401, token[:80]
