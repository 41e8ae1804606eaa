"""What an end costs, however many applications are told: statements, and one commit."""

import pytest
from flask import Flask

from idp.accounts import admin, sessions
from idp.core import Core
from idp.pin import redeem, unlink
from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.counting import counting
from tests.oauth.conftest import make_member
from tests.pin import situations
from tests.pin.test_unlink import grant
from tests.relying_party import AFTER, Portal


@pytest.fixture(autouse=True)
def still(clock: MovableClock) -> None:
    """What is cached does not grow old, however busy the machine is."""
    clock.freeze()


@pytest.mark.parametrize("count", [1, 5])
def test_a_logout_by_hint_takes_five_statements(
    both_app: Flask, both_core: Core, count: int
) -> None:
    portals = [Portal.register(both_app, name=f"Portal {n}") for n in range(count)]
    member, browser = make_member(both_core), Browser(both_app)
    tokens = portals[0].tokens(member.sign_in(portals[0], browser))
    for portal in portals:
        portal.answer(browser)

    hint = f"id_token_hint={tokens['id_token']}&post_logout_redirect_uri={AFTER}"
    with counting(both_app) as counted, pytest.raises(Left):
        browser.open(f"/oauth/logout?{hint}")

    assert counted.figures == (5, 1), counted.statements


def test_the_button_takes_one_more_for_the_names_on_the_page(
    both_app: Flask, both_core: Core
) -> None:
    portal, browser = Portal.register(both_app), Browser(both_app)
    make_member(both_core).sign_in(portal, browser)
    form = browser.open("/logout").form("csrf_token")

    with counting(both_app) as counted:
        browser.post("/logout", form.fields)

    assert counted.figures == (6, 1), counted.statements


def test_the_verbs_take_two_more_than_their_own(both_app: Flask, both_core: Core) -> None:
    """The grants and the outbox; the letter of confirmation shares its row's statement."""
    situations.register(both_core)
    anna = situations.person(both_core, "Anna")
    pin = situations.ordered(both_core, anna)
    membership = redeem.link(both_core, anna, situations.NUMBER, "", pin).membership_id
    for _ in range(3):
        grant(both_core, anna, membership)
    with counting(both_app) as unlinked:
        unlink.leave(both_core, anna, membership)

    for _ in range(3):
        grant(both_core, anna, None)
    with counting(both_app) as ended:
        sessions.end(both_core, anna.account_id, anna.session_id)
    with counting(both_app) as locked:
        admin.lock(both_core, anna.account_id)

    assert [unlinked.figures, ended.figures, locked.figures] == [(7, 1), (3, 1), (6, 1)]
