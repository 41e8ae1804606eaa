"""An unlink, or a business that is closed, and an issue at the same moment."""

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from idp.accounts.grants import Grant
from idp.accounts.models import UserSession
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.oauth import steps
from idp.oauth.steps import Situation, Step
from idp.pin import unlink
from idp.pin.models import Business, Membership
from idp.web.house import NAME
from tests.browser import Browser
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member, make_member
from tests.oauth.races import together
from tests.relying_party import Portal

ROUNDS = 8
SCOPES = ("openid", "profile", "business", "offline_access")
SCOPE = "openid business offline_access"


def leave(app: Flask, member: Member, membership_id: str) -> None:
    with app.app_context():
        core = app.extensions[NAME].core
        of = select(UserSession).where(UserSession.account_id == member.id)
        one = core.db.scalars(of.order_by(UserSession.created_at.desc())).first()
        who = SignedIn(one.id, member.id, one.auth_time, one.acr, tuple(one.amr), member.email,
                       "Erika", "Beispiel", "de")  # fmt: skip
        core.db.rollback()
        unlink.leave(core, who, membership_id)


def at_once(app: Flask, portal: Portal, member: Member, membership: str) -> list[TestResponse]:
    """Redeem, refresh and unlink together; return what the application was answered."""
    browser, given = Browser(app), list[TestResponse]()
    answer = member.sign_in(portal, browser, scope=SCOPE)
    refresh = portal.tokens(portal.answer(browser, scope=SCOPE))["refresh_token"]
    together([
        lambda: given.append(portal.redeem(answer)),
        lambda: given.append(portal.refresh(refresh)),
        lambda: leave(app, member, membership),
    ])  # fmt: skip
    return given


def test_threat_47_no_token_of_a_business_outlives_its_unlink(
    both_app: Flask, both_core: Core
) -> None:
    portal, member = Portal.register(both_app, scopes=SCOPES), make_member(both_core)
    for turn in range(ROUNDS):
        membership = linked(both_core, member, f"{1000000 + turn}")
        both_core.db.rollback()

        for response in at_once(both_app, portal, member, membership):
            told = response.json or {}
            if response.status_code == 200:
                assert portal.userinfo(told["access_token"]).status_code == 401
            else:
                assert told["error"] == "invalid_grant"
        both_core.db.expire_all()
        of = select(Grant).where(Grant.membership_id == membership, Grant.revoked_at.is_(None))
        assert both_core.db.scalars(of).all() == []


def test_a_business_that_is_closed_at_the_last_moment_gets_no_grant(
    both_app: Flask, both_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, member = Portal.register(both_app, scopes=SCOPES), make_member(both_core)
    linked(both_core, member)
    browser = Browser(both_app)
    member.sign_in(portal, browser, scope=SCOPE)
    judged = steps.first

    def then_closed(at: Situation) -> Step | None:
        step, core = judged(at), both_app.extensions[NAME].core
        with core.writing():
            core.db.execute(update(Business).values(status="closed"))
        return step

    monkeypatch.setattr(steps, "first", then_closed)

    assert "code" not in portal.answer(browser, scope=SCOPE, prompt="none").parameters


def test_a_membership_that_ends_at_the_last_moment_gets_no_grant(
    both_app: Flask, both_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal.register(both_app, scopes=("openid", "business"))
    member = make_member(both_core)
    linked(both_core, member)
    browser = Browser(both_app)
    member.sign_in(portal, browser)
    judged = steps.first

    def then_ended(at: Situation) -> Step | None:
        step, core = judged(at), both_app.extensions[NAME].core
        with core.writing():
            core.db.execute(update(Membership).values(until=core.clock.now()))
        return step

    monkeypatch.setattr(steps, "first", then_ended)

    assert "code" not in portal.answer(browser, prompt="none").parameters
