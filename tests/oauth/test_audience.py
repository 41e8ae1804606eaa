"""Tokens for registered APIs (RFC 8707): one audience a token, and what the API may see."""

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth import registration, resources
from idp.oauth.protocol import NAME as PROTOCOL
from tests.browser import Browser
from tests.oauth.businesses import end, linked
from tests.oauth.conftest import Member
from tests.relying_party import Portal

COURSES = "https://api.example/courses"
FILES = "https://api.example/files"
SCOPES = ("openid", "profile", "business", "offline_access")


@pytest.fixture
def portal(app: Flask, core: Core) -> Portal:
    """A client that may have tokens for two APIs; one of them sees the business."""
    resources.add(core, COURSES, "Kurse")
    resources.add(core, FILES, "Akten", business=True)
    return Portal.register(app, scopes=SCOPES, resources=(COURSES, FILES))


def audience(portal: Portal, token: str) -> object:
    return portal.verified(token).claims["aud"]


def test_without_a_resource_the_token_is_for_userinfo(
    portal: Portal, member: Member, browser: Browser
) -> None:
    token = portal.tokens(member.sign_in(portal, browser))["access_token"]

    assert audience(portal, token) == portal.issuer
    assert portal.userinfo(token).status_code == 200


def test_a_token_for_an_api_names_it_and_opens_no_userinfo(
    portal: Portal, member: Member, browser: Browser
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser, resource=COURSES))

    assert audience(portal, tokens["access_token"]) == COURSES
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    assert portal.verified(tokens["id_token"]).claims["aud"] == portal.client.id


def test_of_several_apis_each_token_is_for_one(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, resource=f"{COURSES} {FILES}")
    assert portal.redeem(answer).json == {
        "error": "invalid_target",
        "error_description": "The resource is unknown or not allowed",
    }

    first = portal.redeem(answer, resource=COURSES).json or {}
    assert audience(portal, first["access_token"]) == COURSES
    for wanted in (FILES, COURSES, portal.issuer):
        later = portal.refresh(first["refresh_token"], resource=wanted).json or {}
        assert audience(portal, later["access_token"]) == wanted


def test_the_parameter_may_be_repeated(portal: Portal, member: Member, browser: Browser) -> None:
    address = portal.authorization(resource=COURSES) + f"&resource={FILES}"
    page = browser.open(address)

    answer = portal.caught(lambda: page.send(username=member.email, password=member.password))

    assert portal.redeem(answer, resource=FILES).status_code == 200


def test_an_api_that_is_unknown_or_not_this_clients_is_refused_at_once(
    app: Flask, portal: Portal, browser: Browser
) -> None:
    other = Portal.register(app, scopes=SCOPES)

    for asker, wanted in (
        (portal, "https://api.example/other"),
        (portal, f"{COURSES} https://api.example/other"),
        (other, COURSES),
    ):
        assert asker.answer(browser, resource=wanted)["error"] == "invalid_target"


def test_a_token_cannot_be_for_more_than_was_granted(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, resource=COURSES)

    for wanted in (FILES, f"{COURSES} {portal.issuer}"):
        response = portal.redeem(answer, resource=wanted)
        assert (response.json or {})["error"] == "invalid_target"
    assert portal.redeem(answer).status_code == 200


def test_what_staff_took_from_the_client_is_refused_at_the_next_token(
    app: Flask, core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser, resource=COURSES))

    registration.change(core, portal.client.id, resources=(FILES,))
    app.extensions[PROTOCOL].registry.find(portal.client.id, fresh=True)

    response = portal.refresh(tokens["refresh_token"])
    assert (response.json or {})["error"] == "invalid_target"


def test_only_an_api_that_may_see_it_is_told_the_business(
    core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    membership = linked(core, member)
    answer = member.sign_in(portal, browser, resource=f"{COURSES} {FILES}")
    courses = portal.redeem(answer, resource=COURSES).json or {}
    files = portal.refresh(courses["refresh_token"], resource=FILES).json or {}

    assert "business" not in portal.verified(courses["access_token"]).claims
    assert portal.verified(files["access_token"]).claims["business"]["number"] == "1234567"

    end(core, membership)
    assert portal.refresh(courses["refresh_token"], resource=FILES).status_code == 400


def test_client_credentials_are_for_an_api_of_the_client(app: Flask, core: Core) -> None:
    resources.add(core, COURSES, "Kurse")
    portal = Portal.register(
        app, grant_types=("client_credentials",), redirect_uris=(), resources=(COURSES,)
    )

    def asked(**more: str) -> dict[str, object]:
        return portal.post({"grant_type": "client_credentials", **more}).json or {}

    assert audience(portal, str(asked()["access_token"])) == portal.issuer
    assert audience(portal, str(asked(resource=COURSES)["access_token"])) == COURSES
    assert asked(resource=FILES)["error"] == "invalid_target"
