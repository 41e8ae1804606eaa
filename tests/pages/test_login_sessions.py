"""Sessions that a sign-in begins: never an old or planted one, and not for ever."""

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts.models import Account, State, UserSession
from idp.core import Core
from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.pages.entering import WRONG, again, attempt, cookie
from tests.people import PASSWORD, Member
from tests.relying_party import Portal


def test_signing_in_again_changes_the_cookie_and_the_old_one_is_dead(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    before = cookie(signed_in)

    again(signed_in, account)

    assert cookie(signed_in) not in ("", before)
    thief = Browser(app)
    thief.client.set_cookie("idp_session", before, domain="127.0.0.1")
    assert thief.open("/account").path == "/login"
    assert signed_in.open("/account").path == "/account"


def test_a_cookie_planted_before_sign_in_is_never_a_session(
    app: Flask, browser: Browser, account: Member
) -> None:
    browser.client.set_cookie("idp_session", "planted", domain="127.0.0.1")

    attempt(browser, account.email, PASSWORD)

    assert cookie(browser) != "planted"
    thief = Browser(app)
    thief.client.set_cookie("idp_session", "planted", domain="127.0.0.1")
    assert thief.open("/account").path == "/login"


def test_another_persons_session_in_this_browser_ends_with_its_grants(
    app: Flask, core: Core, signed_in: Browser
) -> None:
    """GHSA-c9h6-v78w-52wj: a new sign-in kept the session of somebody else."""
    portal = Portal.register(app)
    tokens = portal.tokens(portal.answer(signed_in))
    assert portal.userinfo(tokens["access_token"]).status_code == 200
    before = cookie(signed_in)
    other = people.member(app, "otto@beispiel.test", "Otto")

    page = again(signed_in, other)

    assert "otto@beispiel.test" in page.text
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    thief = Browser(app)
    thief.client.set_cookie("idp_session", before, domain="127.0.0.1")
    assert thief.open("/account").path == "/login"
    people.fresh(core)
    living = core.db.scalars(select(UserSession).where(UserSession.ended_at.is_(None))).all()
    assert [row.account_id for row in living] == [other.id]


def test_the_same_persons_grants_live_on(app: Flask, signed_in: Browser, account: Member) -> None:
    portal = Portal.register(app)
    tokens = portal.tokens(portal.answer(signed_in))

    again(signed_in, account)

    assert portal.userinfo(tokens["access_token"]).status_code == 200


def test_a_failed_sign_in_leaves_the_session_alone(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    page = again(signed_in, Member("", account.email, WRONG))

    assert page.error_code == "wrong_credentials"
    assert signed_in.open("/account").path == "/account"


def test_a_session_is_over_after_30_idle_minutes(signed_in: Browser, clock: MovableClock) -> None:
    for _ in range(4):
        clock.advance(minutes=29)
        assert signed_in.open("/account").path == "/account"

    clock.advance(minutes=31)
    assert signed_in.open("/account").path == "/login"


def test_a_session_is_over_after_12_hours_in_any_case(
    signed_in: Browser, clock: MovableClock
) -> None:
    for _ in range(28):
        clock.advance(minutes=25)
        assert signed_in.open("/account").path == "/account"

    clock.advance(minutes=21)
    assert signed_in.open("/account").path == "/login"


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED, State.DELETED])
def test_a_session_of_an_account_that_is_no_longer_active_opens_nothing(
    signed_in: Browser, core: Core, account: Member, state: State
) -> None:
    core.db.get_one(Account, account.id).state = state
    core.db.commit()

    assert signed_in.open("/account").path == "/login"


def test_signing_in_again_begins_the_12_hours_anew(
    signed_in: Browser, account: Member, clock: MovableClock
) -> None:
    for _ in range(28):
        clock.advance(minutes=25)
        assert signed_in.open("/account").path == "/account"

    again(signed_in, account)

    clock.advance(minutes=25)
    assert signed_in.open("/account").path == "/account"
