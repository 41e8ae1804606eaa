"""The `claims` parameter (OIDC Core §5.5): single claims, in userinfo or in the ID token."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from idp.accounts.models import Account
from idp.core import Core
from tests.browser import Browser
from tests.oauth.businesses import end, linked
from tests.oauth.conftest import Member
from tests.relying_party import Portal

SCOPES = ("openid", "profile", "email", "phone", "offline_access")


@pytest.fixture
def portal(app: Flask) -> Portal:
    portal = Portal.register(app, scopes=SCOPES)
    portal.scope = "openid"
    return portal


def told(
    portal: Portal, member: Member, browser: Browser, asked: object, **more: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return ID token and userinfo of a sign-in with this claims request."""
    answer = member.sign_in(portal, browser, claims=json.dumps(asked), **more)
    tokens = portal.tokens(answer)
    claims = portal.verified(tokens["id_token"]).claims
    return dict(claims), dict(portal.userinfo(tokens["access_token"]).json or {})


def test_oidcc_claims_essential_comes_in_userinfo_and_not_in_the_id_token(
    portal: Portal, member: Member, browser: Browser
) -> None:
    claims, info = told(portal, member, browser, {"userinfo": {"name": {"essential": True}}})

    assert info == {"sub": member.id, "name": "Erika Beispiel"}
    assert "name" not in claims


def test_a_claim_asked_for_in_the_id_token_stands_there_alone(
    portal: Portal, member: Member, browser: Browser
) -> None:
    claims, info = told(portal, member, browser, {"id_token": {"email": None, "auth_time": None}})

    assert claims["email"] == member.email
    assert "email_verified" not in claims
    assert info == {"sub": member.id}


def test_what_scope_and_claims_ask_is_told_together(
    portal: Portal, member: Member, browser: Browser
) -> None:
    asked = {"userinfo": {"email": None}, "id_token": {"given_name": None}}

    claims, info = told(portal, member, browser, asked, scope="openid profile")

    assert {"name", "email"} <= info.keys()
    assert "email_verified" not in info
    assert claims["given_name"] == "Erika"
    assert "family_name" not in claims


def test_a_refreshed_token_tells_the_same(portal: Portal, member: Member, browser: Browser) -> None:
    asked = json.dumps({"userinfo": {"email": None}, "id_token": {"given_name": None}})
    first = portal.tokens(
        member.sign_in(portal, browser, claims=asked, scope="openid offline_access")
    )

    later = portal.refresh(first["refresh_token"]).json or {}

    assert portal.verified(later["id_token"]).claims["given_name"] == "Erika"
    assert (portal.userinfo(later["access_token"]).json or {})["email"] == member.email


def test_what_staff_did_not_allow_the_client_is_ignored(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=("openid",))

    asked = {"userinfo": {"email": None, "name": None, "business": None, "unknown": None}}

    assert told(portal, member, browser, asked)[1] == {"sub": member.id}


def test_a_claim_of_no_source_cannot_stand_for_one_of_the_protocol(
    portal: Portal, member: Member, browser: Browser, core: Core
) -> None:
    with core.writing():
        core.db.execute(
            update(Account)
            .where(Account.id == member.id)
            .values(claims={"sub": "x", "iss": "x", "nickname": "Eri"})
        )

    asked = {"id_token": {"nickname": None, "iss": None, "aud": {"value": "x"}}}
    claims, info = told(portal, member, browser, asked)

    assert (claims["sub"], claims["iss"], claims["aud"]) == (
        member.id, portal.issuer, portal.client.id,
    )  # fmt: skip
    assert claims["nickname"] == "Eri"
    assert info == {"sub": member.id}


@pytest.mark.parametrize(
    "asked",
    [
        "x", "[]", "1", '"name"', '{"userinfo": []}', '{"userinfo": {"name": 1}}',
        '{"id_token": {"acr": []}}', '{"id_token": {"sub": "x"}}', "[" * 4000, '{"userinfo": {"a":',
    ],
)  # fmt: skip
def test_what_is_no_claims_request_is_refused(portal: Portal, browser: Browser, asked: str) -> None:
    assert portal.answer(browser, claims=asked)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "asked",
    ["{}", '{"other": {"x": 1}}', '{"userinfo": null}', '{"id_token": {"acr": {"value": 1}}}'],
)
def test_members_without_meaning_are_ignored(
    portal: Portal, member: Member, browser: Browser, asked: str
) -> None:
    assert member.sign_in(portal, browser, claims=asked)["code"]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"essential": True, "value": "urn:kammer-idp:acr:pwd"}, True),
        ({"essential": True, "values": ["urn:kammer-idp:acr:mfa", "urn:kammer-idp:acr:pwd"]}, True),
        ({"essential": True, "values": ["urn:kammer-idp:acr:mfa"]}, False),
        ({"essential": True, "values": "urn:kammer-idp:acr:mfa"}, False),
        ({"values": ["urn:kammer-idp:acr:mfa"]}, True),
        ({"essential": True}, True),
        ({"essential": True, "values": [1]}, True),
    ],
)
def test_a_level_that_is_a_must_is_met_or_told(
    portal: Portal, member: Member, browser: Browser, wanted: object, fits: bool
) -> None:
    asked = json.dumps({"id_token": {"acr": wanted}})

    answer = member.sign_in(portal, browser, claims=asked)

    if fits:
        claims = portal.verified(portal.tokens(answer)["id_token"]).claims
        assert claims["acr"] == "urn:kammer-idp:acr:pwd"
    else:
        assert answer["error"] == "unmet_authentication_requirements"


def test_oidcc_acr_values_are_a_wish_and_the_level_is_told(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, acr_values="1 2 urn:kammer-idp:acr:pwd")

    claims = portal.verified(portal.tokens(answer)["id_token"]).claims
    assert claims["acr"] == "urn:kammer-idp:acr:pwd"


@pytest.mark.parametrize("place", ["id_token", "userinfo"])
def test_the_business_can_be_asked_for_by_name(
    app: Flask, core: Core, member: Member, browser: Browser, place: str
) -> None:
    portal = Portal.register(app, scopes=("openid", "business"))
    portal.scope = "openid"
    membership = linked(core, member)

    answer = member.sign_in(portal, browser, claims=json.dumps({place: {"business": None}}))

    tokens = portal.tokens(answer)
    claims = portal.verified(tokens["id_token"]).claims
    info = portal.userinfo(tokens["access_token"]).json or {}
    assert ("business" in claims, "business" in info) == (place == "id_token", place == "userinfo")
    end(core, membership)
    assert "business" not in (portal.userinfo(tokens["access_token"]).json or {})


def test_the_request_may_be_written_on_several_lines(
    portal: Portal, member: Member, browser: Browser
) -> None:
    asked = '{\r\n\t"userinfo": {"name": null}\n}'

    token = portal.tokens(member.sign_in(portal, browser, claims=asked))["access_token"]

    assert "name" in (portal.userinfo(token).json or {})


def test_the_list_of_businesses_is_for_userinfo_alone(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=("openid", "businesses"))
    portal.scope = "openid"
    linked(core, member)
    asked = {"id_token": {"businesses": None}, "userinfo": {"businesses": None}}

    claims, info = told(portal, member, browser, asked)

    assert "businesses" not in claims
    assert len(info["businesses"]) == 1
