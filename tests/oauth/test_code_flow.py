"""The code flow from the first request to userinfo (OIDC Core §3.1)."""

import re

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser
from tests.oauth.conftest import Member, make_member
from tests.relying_party import CALLBACK, Portal


def test_a_member_signs_in_and_the_portal_gets_verified_tokens(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser)
    tokens = portal.tokens(answer)

    assert answer["state"] == "the-state"
    assert answer["iss"] == portal.issuer
    claims = portal.verified(tokens["id_token"]).claims
    assert claims["iss"] == portal.issuer
    assert claims["aud"] == portal.client.id
    assert claims["sub"] == member.id
    assert claims["nonce"] == "the-nonce"
    assert portal.userinfo(tokens["access_token"]).json == {
        "sub": member.id,
        "name": "Erika Beispiel",
        "given_name": "Erika",
        "family_name": "Beispiel",
        "locale": "de",
        "updated_at": claims["auth_time"] - (claims["auth_time"] - _updated(portal, tokens)),
        "email": member.email,
        "email_verified": True,
    }


def _updated(portal: Portal, tokens: dict[str, str]) -> int:
    info = portal.userinfo(tokens["access_token"]).json
    assert info is not None
    assert isinstance(info["updated_at"], int)
    return info["updated_at"]


def test_the_id_token_holds_protocol_claims_alone(
    portal: Portal, member: Member, browser: Browser
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser))

    token = portal.verified(tokens["id_token"])

    assert set(token.claims) == {
        "iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce",
    }  # fmt: skip
    assert token.claims["acr"] == "urn:kammer-idp:acr:pwd"
    assert token.claims["amr"] == ["pwd"]
    assert token.header["typ"] == "JWT"


def test_no_nonce_claim_without_a_nonce(portal: Portal, member: Member, browser: Browser) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser, nonce=None))

    assert "nonce" not in portal.verified(tokens["id_token"]).claims


def test_the_access_token_is_an_rfc_9068_jwt_that_names_its_grant(
    portal: Portal, member: Member, browser: Browser
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser))

    token = portal.verified(tokens["access_token"])

    assert token.header["typ"] == "at+jwt"
    assert token.claims["aud"] == portal.issuer
    assert token.claims["client_id"] == portal.client.id
    assert token.claims["exp"] - token.claims["iat"] == tokens["expires_in"] == 600
    assert token.claims["grant_id"]
    assert token.claims["jti"]


def test_token_answers_are_not_stored(portal: Portal, member: Member, browser: Browser) -> None:
    response = portal.redeem(member.sign_in(portal, browser))

    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_single_sign_on_needs_no_second_password(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    other = Portal.register(app, name="Second")

    answer = other.answer(browser)

    assert other.verified(other.tokens(answer)["id_token"]).claims["sub"] == member.id


def test_two_portals_cannot_compare_their_sids(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    first = portal.tokens(member.sign_in(portal, browser))
    other = Portal.register(app, name="Second")
    second = other.tokens(other.answer(browser))
    again = portal.tokens(portal.answer(browser))

    sids = [portal.verified(t["id_token"]).claims["sid"] for t in (first, second, again)]

    assert sids[0] == sids[2] != sids[1]


def test_three_tabs_at_once_all_arrive(portal: Portal, member: Member, browser: Browser) -> None:
    tabs = [portal.start(browser, state=f"tab-{n}") for n in range(3)]

    states = []
    for tab in tabs:
        with pytest.raises(Exception, match=r"portal\.example") as left:
            tab.send(username=member.email, password=member.password)
        states.append(re.search(r"state=(tab-\d)", str(left.value)))

    assert [found and found[1] for found in states] == ["tab-0", "tab-1", "tab-2"]


def test_a_pending_request_belongs_to_its_browser(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    address = portal.start(browser).url

    stranger = Browser(app).open(address)

    assert stranger.status == 400
    assert stranger.error_code == "request_expired"


def test_a_pending_request_ends_after_half_an_hour(
    portal: Portal, member: Member, browser: Browser, clock: object
) -> None:
    page = portal.start(browser)
    clock.advance(minutes=31)  # type: ignore[attr-defined]

    late = page.send(username=member.email, password=member.password)

    assert late.error_code == "request_expired"


def test_es256_and_rs256_clients_get_their_algorithm(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, id_token_alg="RS256")

    tokens = portal.tokens(member.sign_in(portal, browser))

    header = portal.verified(tokens["id_token"], "RS256").header
    assert header["alg"] == "RS256"
    assert header["kid"]


def test_a_client_with_secret_in_the_body_is_served(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, auth_method="client_secret_post")

    assert portal.tokens(member.sign_in(portal, browser))["token_type"] == "Bearer"


def test_a_redirect_uri_keeps_its_own_query(app: Flask, member: Member, browser: Browser) -> None:
    portal = Portal.register(app, redirect_uris=(f"{CALLBACK}?from=idp",))
    portal.redirect_uri = f"{CALLBACK}?from=idp"

    answer = member.sign_in(portal, browser)

    assert answer["from"] == "idp"
    assert portal.tokens(answer)["id_token"]


def test_another_member_in_the_same_browser_is_another_person(
    core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    other = make_member(core, "otto@example.test")
    first = portal.tokens(member.sign_in(portal, browser))

    second = portal.tokens(other.sign_in(portal, browser, prompt="login"))

    assert portal.verified(second["id_token"]).claims["sub"] == other.id
    assert portal.userinfo(first["access_token"]).status_code == 401
