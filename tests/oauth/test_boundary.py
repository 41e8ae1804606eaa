"""What nobody thought of: odd errors below us, and guessing at client secrets."""

from pathlib import Path

import pytest
from authlib.oauth2.rfc7636 import CodeChallenge

from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.conftest import Member
from tests.oauth.refusals import basic, refused
from tests.relying_party import Portal


def test_a_value_error_inside_the_library_is_an_invalid_request(
    portal: Portal, member: Member, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = member.sign_in(portal, browser)

    def odd(*_: object) -> None:
        raise ValueError("odd")

    with monkeypatch.context() as patch:
        patch.setattr(CodeChallenge, "validate_code_verifier", odd)
        refused(portal.redeem(answer), "invalid_request")
    with monkeypatch.context() as patch:
        patch.setattr(CodeChallenge, "validate_code_challenge", odd)
        assert portal.answer(browser)["error"] == "invalid_request"

    assert portal.redeem(answer).status_code == 200


def test_guessing_secrets_and_parking_requests_fill_the_counters_of_an_address(
    tmp_path: Path, clock: MovableClock
) -> None:
    limits = {"per_ip": "on", "requests": "5/minute"}
    app = built(settings_for(tmp_path, limits=limits), clock)
    portal = Portal.register(app)
    form = {"grant_type": "authorization_code"}

    asked = [
        app.test_client().get(portal.authorization(), base_url=portal.issuer) for _ in "abcdef"
    ]
    statuses = [portal.post(form, auth=False, headers=basic(b"x:y")).status_code for _ in range(7)]
    login = app.test_client().post("/login", base_url=portal.issuer)

    assert [response.status_code for response in asked] == [303] * 5 + [429]
    assert statuses == [401] * 5 + [429] * 2
    assert login.status_code == 429  # people's forms and requests share a counter of their own
    assert portal.post({"grant_type": "refresh_token"}).status_code == 400
    dispose(app)
