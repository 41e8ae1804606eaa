"""One-time means once: real threads on both databases (threats 20, 28)."""

from flask import Flask

from idp.core import Core
from tests.browser import Browser
from tests.oauth.conftest import make_member
from tests.oauth.races import four
from tests.relying_party import Portal

ROUNDS = 25


ONE_WINNER = [200, 400, 400, 400]


def test_a_code_has_one_winner(both_app: Flask, both_core: Core) -> None:
    portal, browser = Portal.register(both_app), Browser(both_app)
    make_member(both_core).sign_in(portal, browser)

    for _ in range(ROUNDS):
        answer = portal.answer(browser)
        assert four(lambda a=answer: portal.redeem(a).status_code) == ONE_WINNER  # type: ignore[misc]


def test_threat_28_a_rotated_refresh_token_has_one_winner_and_the_family_dies(
    both_app: Flask, both_core: Core
) -> None:
    portal = Portal.register(both_app, auth_method="none", scopes=("openid", "offline_access"))
    browser = Browser(both_app)
    make_member(both_core).sign_in(portal, browser)

    for _ in range(ROUNDS):
        token = portal.tokens(portal.answer(browser))["refresh_token"]
        assert four(lambda t=token: portal.refresh(t).status_code) == ONE_WINNER  # type: ignore[misc]
        assert portal.refresh(token).status_code == 400
