"""What staff took from a client is gone from its tokens, and with offline_access the refresh."""

from flask import Flask

from idp.core import Core
from idp.oauth import registration
from idp.oauth.protocol import NAME as PROTOCOL
from tests.browser import Browser
from tests.oauth.conftest import Member
from tests.oauth.refusals import refused
from tests.relying_party import Portal

SCOPES = ("openid", "profile", "business", "offline_access")
NOTHING = {"active": False}


def told(portal: Portal, token: str) -> dict[str, object]:
    response = portal.post({"token": token}, path="/oauth/introspect")
    assert response.status_code == 200
    return dict(response.json or {})


def taken(app: Flask, core: Core, portal: Portal, *left: str) -> None:
    """Leave a client these scopes only, on this process at once."""
    registration.change(core, portal.client.id, scopes=left)
    app.extensions[PROTOCOL].registry._known.clear()


def test_a_token_of_which_staff_left_nothing_says_nothing_and_is_not_made_again(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=SCOPES)
    tokens = portal.tokens(member.sign_in(portal, browser))

    taken(app, core, portal, "email")

    assert told(portal, tokens["access_token"])["active"]
    assert "scope" not in told(portal, tokens["access_token"])
    refused(portal.refresh(tokens["refresh_token"]), "invalid_grant")


def test_whoever_lost_offline_access_refreshes_no_more(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=SCOPES)
    token = portal.tokens(member.sign_in(portal, browser))["refresh_token"]

    taken(app, core, portal, "openid", "profile")

    refused(portal.refresh(token), "invalid_grant")
    assert told(portal, token) == NOTHING


def test_a_refresh_token_tells_no_scope_that_staff_took(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=(*SCOPES, "email"))
    token = portal.tokens(member.sign_in(portal, browser))["refresh_token"]

    taken(app, core, portal, *SCOPES)

    assert told(portal, token)["scope"].split() == list(SCOPES)
