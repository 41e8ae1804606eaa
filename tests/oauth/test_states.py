"""Every way to a token, and every look at one, in every state that must end it (threat 21)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.core import Core
from tests.browser import Browser
from tests.oauth import states
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member, make_member
from tests.people import OTHER_PASSWORD
from tests.relying_party import Answer, Portal

SCOPES = ("openid", "profile", "business", "offline_access")
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
ONLINE = "openid profile business"


@dataclass
class Situation:
    """A person with a business at a browser, and all that an application has for her."""

    app: Flask
    portal: Portal
    member: Member
    browser: Browser
    membership: str
    answer: Answer
    tokens: dict[str, Any]
    offline: dict[str, Any]
    own: str

    @classmethod
    def of(cls, app: Flask, core: Core) -> "Situation":
        portal, browser = Portal.register(app, scopes=SCOPES, grant_types=GRANTS), Browser(app)
        member = make_member(core)
        membership = linked(core, member)
        tokens = portal.tokens(member.sign_in(portal, browser, scope=ONLINE))
        offline = portal.tokens(portal.answer(browser))
        own = portal.post({"grant_type": "client_credentials"}).json or {}
        answer = portal.answer(browser, scope=ONLINE)
        return cls(
            app, portal, member, browser, membership, answer, tokens, offline, own["access_token"]
        )

    def introspect(self, token: str) -> str:
        response = self.portal.post({"token": token}, path="/oauth/introspect")
        if response.status_code != 200:
            return outcome(response)
        return "active" if (response.json or {})["active"] else "inactive"

    def outcomes(self) -> tuple[str, ...]:
        portal = self.portal
        return (
            outcome(portal.redeem(self.answer)),
            outcome(portal.refresh(self.offline["refresh_token"])),
            outcome(portal.post({"grant_type": "client_credentials"})),
            outcome(portal.userinfo(self.tokens["access_token"])),
            self.introspect(self.tokens["access_token"]),
            self.introspect(self.offline["refresh_token"]),
            self.introspect(self.own),
        )


def outcome(response: TestResponse) -> str:
    return str((response.json or {}).get("error", "ok"))


def account(state: str) -> Callable[[Situation], None]:
    return lambda at: states.set_account(at.app, at.member.id, state)


GONE = ("invalid_grant", "invalid_grant", "ok", "invalid_token", "inactive", "inactive", "active")
UNKNOWN = ("invalid_client", "invalid_client", "invalid_client", "invalid_token",
           "invalid_client", "invalid_client", "invalid_client")  # fmt: skip
ENDINGS: dict[str, tuple[Callable[[Situation], None], tuple[str, ...]]] = {
    "active": (lambda _: None, ("ok", "ok", "ok", "ok", "active", "active", "active")),
    "locked account": (account("locked"), GONE),
    "disabled account": (account("disabled"), GONE),
    "deleted account": (account("deleted"), GONE),
    "pending account": (account("pending"), GONE),
    "disabled client": (
        lambda at: states.disable_client(at.app, at.portal, forget=False),
        ("invalid_grant", "invalid_grant", "unauthorized_client", "invalid_token",
         "inactive", "inactive", "inactive"),
    ),
    "client disabled a while ago": (lambda at: states.disable_client(at.app, at.portal), UNKNOWN),
    # Offline access outlives the session: that is what it is for.
    "ended session": (
        lambda at: states.end_session(at.browser),
        ("invalid_grant", "ok", "ok", "invalid_token", "inactive", "active", "active"),
    ),
    "revoked grants": (lambda at: states.revoke_grants(at.app, at.portal), GONE),
    # No new token before the new password; those that are out end by themselves within minutes.
    "password due": (
        lambda at: states.make_due(at.app, at.member.id),
        ("invalid_grant", "invalid_grant", "ok", "ok", "active", "active", "active"),
    ),
    "unlinked membership": (lambda at: states.unlink(at.browser, at.membership), GONE),
}  # fmt: skip


@pytest.mark.parametrize("state", ENDINGS)
def test_threat_21_every_state_ends_what_it_must_end(
    both_app: Flask, both_core: Core, state: str
) -> None:
    situation = Situation.of(both_app, both_core)
    bring, expected = ENDINGS[state]

    bring(situation)

    assert situation.outcomes() == expected


def test_what_waited_for_a_new_password_is_good_again_after_it(
    both_app: Flask, both_core: Core
) -> None:
    at = Situation.of(both_app, both_core)
    states.make_due(at.app, at.member.id)
    refused = at.portal.refresh(at.offline["refresh_token"])
    page = at.browser.open("/account")

    assert page.path == "/password/renew"
    assert (refused.json or {})["error_description"] == "A new password is due at the next sign-in"
    assert page.send(password=OTHER_PASSWORD).path == "/account"
    assert outcome(at.portal.redeem(at.answer)) == "ok"
