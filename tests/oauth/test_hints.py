"""`id_token_hint`, `login_hint` and the `sub` of a claims request: who is meant."""

import json

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth.protocol import NAME as PROTOCOL
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.conftest import Member, make_member
from tests.relying_party import Portal


def id_token(portal: Portal, member: Member, browser: Browser) -> str:
    return str(portal.tokens(member.sign_in(portal, browser))["id_token"])


def named(sub: str) -> str:
    return json.dumps({"id_token": {"sub": {"value": sub}}})


@pytest.fixture
def other(core: Core) -> Member:
    return make_member(core, "otto@example.test")


def test_oidcc_id_token_hint_of_the_person_signed_in_succeeds_silently(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    hint = id_token(portal, member, browser)
    clock.advance(minutes=20)

    answer = portal.answer(browser, prompt="none", id_token_hint=hint)

    again = portal.verified(portal.tokens(answer)["id_token"]).claims
    assert again["sub"] == member.id
    assert again["auth_time"] == portal.verified(hint).claims["auth_time"]


@pytest.mark.parametrize("by", ["id_token_hint", "claims"])
def test_somebody_else_than_named_gets_no_silent_answer(
    portal: Portal, member: Member, other: Member, app: Flask, by: str
) -> None:
    hint = id_token(portal, other, Browser(app))
    browser = Browser(app)
    member.sign_in(portal, browser)

    wish = {by: hint if by == "id_token_hint" else named(other.id)}

    assert portal.answer(browser, prompt="none", **wish)["error"] == "login_required"


@pytest.mark.parametrize("by", ["id_token_hint", "claims"])
def test_the_named_person_can_sign_in_instead(
    portal: Portal, member: Member, other: Member, clock: MovableClock, by: str
) -> None:
    hint = id_token(portal, other, Browser(portal.app))
    browser = Browser(portal.app)
    member.sign_in(portal, browser)
    clock.advance(seconds=2)

    wish = {by: hint if by == "id_token_hint" else named(other.id)}
    answer = other.sign_in(portal, browser, **wish)

    assert portal.verified(portal.tokens(answer)["id_token"]).claims["sub"] == other.id


def test_signing_in_as_somebody_else_than_named_is_told_to_the_application(
    portal: Portal, member: Member, other: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, claims=named(other.id))

    assert (answer["error"], answer["state"]) == ("login_required", "the-state")


def test_a_hint_for_another_client_or_none_of_ours_is_refused(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    neighbour = Portal.register(app)
    foreign = id_token(neighbour, member, browser)
    access = portal.tokens(portal.answer(browser))["access_token"]

    for hint in (foreign, access, "x.y.z", "x" * 9000):
        answer = portal.answer(browser, prompt="none", id_token_hint=hint)
        assert answer["error"] == "invalid_request"


def test_threat_29_a_hint_without_a_true_signature_is_refused(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    head, body, _ = id_token(portal, member, browser).split(".")

    for forged in (f"{head}.{body}.", f"eyJhbGciOiJub25lIn0.{body}.", f"{head}.{body}.AAAA"):
        answer = portal.answer(browser, prompt="none", id_token_hint=forged)
        assert answer["error"] == "invalid_request"


def test_a_logout_token_is_no_hint(app: Flask, portal: Portal, browser: Browser) -> None:
    with app.app_context():
        token = app.extensions[PROTOCOL].tokens.logout(portal.client, "somebody", "sid")

    answer = portal.answer(browser, prompt="none", id_token_hint=token)

    assert answer["error"] == "invalid_request"


def test_oidcc_login_hint_is_filled_in(portal: Portal, browser: Browser) -> None:
    page = portal.start(browser, login_hint="buffy@example.test")

    assert page.form("username").fields["username"] == "buffy@example.test"


def test_the_person_may_be_named_for_userinfo_too(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    for sub, error in (("somebody-else", "login_required"), (member.id, None)):
        claims = json.dumps({"userinfo": {"sub": {"value": sub}}})
        answer = portal.answer(browser, prompt="none", claims=claims)
        assert answer.parameters.get("error") == error


@pytest.mark.parametrize("place", ["id_token", "userinfo"])
def test_a_hint_and_a_claim_for_two_people_are_no_request(
    portal: Portal, member: Member, browser: Browser, place: str
) -> None:
    hint = portal.tokens(member.sign_in(portal, browser))["id_token"]
    for sub, error in (("somebody-else", "invalid_request"), (member.id, None)):
        claims = json.dumps({place: {"sub": {"value": sub}}})
        answer = portal.answer(browser, prompt="none", id_token_hint=hint, claims=claims)
        assert answer.parameters.get("error") == error
