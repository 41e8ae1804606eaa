"""What a retired key signed is good as a hint, and as nothing else (threat 29)."""

import pytest
from flask import Flask
from joserfc import jwt

from idp.core import Core
from idp.oauth import rotation
from idp.oauth.key_pair import KeyPair
from idp.oauth.keys import Keys
from idp.oauth.protocol import NAME as PROTOCOL
from tests.browser import Browser
from tests.oauth.conftest import Member
from tests.relying_party import Portal


@pytest.fixture
def stolen(app: Flask) -> KeyPair:
    """The key that signs today, in somebody else's hands."""
    keys: Keys = app.extensions[PROTOCOL].keys
    return keys.signer("ES256")


def test_a_key_that_is_withdrawn_from_the_set_opens_nothing(
    core: Core, portal: Portal, member: Member, browser: Browser, stolen: KeyPair
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser))
    claims = dict(portal.verified(tokens["access_token"]).claims)
    for deed in (rotation.prepare, rotation.rotate):
        deed(core)
        core.clock.advance(hours=1)  # type: ignore[attr-defined]
    now = int(core.clock.timestamp())
    head = {"alg": "ES256", "typ": "at+jwt", "kid": stolen.kid}
    forged = jwt.encode(head, claims | {"iat": now, "exp": now + 300}, stolen.key, ["ES256"])

    assert stolen.kid not in (portal.userinfo(forged).text, browser.open("/jwks.json").text)
    assert portal.userinfo(forged).status_code == 401
    told = portal.post({"token": forged}, path="/oauth/introspect").json
    assert told == {"active": False}
    # The hint of that time still signs out.
    left = browser.open(f"/oauth/logout?id_token_hint={tokens['id_token']}")
    assert left.path == "/oauth/logout"
    assert "code" not in portal.answer(browser, prompt="none").parameters
