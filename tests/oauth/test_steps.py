"""When a person is asked again: prompt, max_age, and nothing twice (OIDC Core §3.1.2.1)."""

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.conftest import Member
from tests.oauth.states import set_account
from tests.relying_party import Answer, Portal


def auth_time(portal: Portal, answer: Answer) -> int:
    claims = portal.verified(portal.tokens(answer)["id_token"]).claims
    return int(claims["auth_time"])


def test_prompt_none_succeeds_silently_with_the_same_auth_time(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = auth_time(portal, member.sign_in(portal, browser))
    clock.advance(minutes=5)

    assert auth_time(portal, portal.answer(browser, prompt="none")) == first


def test_prompt_login_asks_again_and_moves_auth_time(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = auth_time(portal, member.sign_in(portal, browser))
    clock.advance(seconds=2)

    assert auth_time(portal, member.sign_in(portal, browser, prompt="login")) > first


def test_max_age_asks_again_when_the_sign_in_is_older(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = auth_time(portal, member.sign_in(portal, browser))
    clock.advance(seconds=2)

    assert auth_time(portal, member.sign_in(portal, browser, max_age="1")) > first


def test_max_age_is_content_with_a_younger_sign_in(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = auth_time(portal, member.sign_in(portal, browser, max_age="15000"))
    clock.advance(seconds=2)

    assert auth_time(portal, portal.answer(browser, max_age="10000")) == first


def test_max_age_zero_ends_after_one_sign_in(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    member.sign_in(portal, browser)
    clock.advance(seconds=1)

    assert member.sign_in(portal, browser, max_age="0")["code"]


@pytest.mark.parametrize("hours", [1, 13])
def test_a_session_that_is_over_asks_again(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock, hours: int
) -> None:
    member.sign_in(portal, browser)
    clock.advance(hours=hours)

    assert portal.answer(browser, prompt="none")["error"] == "login_required"


def test_a_session_that_is_used_lives_twelve_hours_and_no_longer(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    member.sign_in(portal, browser)

    answers = []
    for _ in range(30):
        clock.advance(minutes=25)
        answers.append("code" in portal.answer(browser, prompt="none").parameters)

    assert answers == [True] * 28 + [False] * 2


def test_reauthentication_keeps_the_session_and_its_grants(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    first = portal.tokens(member.sign_in(portal, browser))
    clock.advance(seconds=2)
    second = portal.tokens(member.sign_in(portal, browser, prompt="login"))

    sids = {portal.verified(t["id_token"]).claims["sid"] for t in (first, second)}

    assert len(sids) == 1
    assert portal.userinfo(first["access_token"]).status_code == 200


def test_the_reauthentication_page_knows_who_is_there(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    page = portal.start(browser, prompt="login")

    assert page.path == "/login"
    assert page.form("username").fields["username"] == member.email


def test_a_locked_account_is_signed_out(
    app: Flask, core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    set_account(app, member.id, "locked")

    assert portal.answer(browser, prompt="none")["error"] == "login_required"


def test_a_client_may_have_a_usual_max_age(
    app: Flask, member: Member, browser: Browser, clock: MovableClock
) -> None:
    portal = Portal.register(app, default_max_age=60)
    member.sign_in(portal, browser)
    clock.advance(seconds=61)

    assert portal.answer(browser, prompt="none")["error"] == "login_required"
    assert portal.answer(browser, prompt="none", max_age="120")["code"]
