"""The authorization endpoint: what is refused, where, and how (RFC 6749 §4.1.2.1, RFC 9207)."""

from urllib.parse import urlencode

import pytest
from flask import Flask

from tests.browser import Browser, Left
from tests.oauth.conftest import Member
from tests.oauth.states import disable_client
from tests.relying_party import CALLBACK, Portal


@pytest.mark.parametrize("client_id", ["unknown", "", "x" * 5000, "\x00", "' OR 1=1"])
def test_threat_5_an_unknown_client_gets_a_page(
    portal: Portal, browser: Browser, client_id: str
) -> None:
    page = portal.start(browser, client_id=client_id, response_type="bogus")

    assert page.status == 400
    assert page.error_code


def test_threat_5_a_bad_response_type_with_a_foreign_address_gets_a_page(
    portal: Portal, browser: Browser
) -> None:
    page = portal.start(browser, redirect_uri="https://evil.example/", response_type="token")

    assert page.status == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": 'c"o\\de'}, "unsupported_response_type"),
        ({"response_type": "codé"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "²"}, "invalid_request"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"request": "e30.e30."}, "invalid_request_object"),
        ({"request_uri": "https://x.example/"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
def test_other_errors_go_back_with_state_and_issuer(
    portal: Portal, browser: Browser, changed: dict[str, str | None], error: str
) -> None:
    answer = portal.answer(browser, **changed)

    assert answer["error"] == error
    assert answer["state"] == "the-state"
    assert answer["iss"] == portal.issuer
    assert set(answer.parameters) <= {"error", "error_description", "state", "iss"}


def test_unknown_parameters_are_ignored(portal: Portal, browser: Browser) -> None:
    assert portal.start(browser, extra="foobar", display="popup").path == "/login"


def test_a_parameter_twice_is_refused(portal: Portal, browser: Browser) -> None:
    with pytest.raises(Left) as left:
        browser.open(portal.authorization() + "&" + urlencode({"nonce": "another"}))

    assert "error=invalid_request" in left.value.location
    assert left.value.location.startswith(CALLBACK)


def test_two_redirect_uris_are_redirected_nowhere(portal: Portal, browser: Browser) -> None:
    evil = urlencode({"redirect_uri": "https://evil.example/"})

    assert browser.open(portal.authorization() + "&" + evil).status == 400


def test_a_state_of_128_signs_comes_back_exactly(
    portal: Portal, member: Member, browser: Browser
) -> None:
    state = "s" * 124 + "-._~"

    assert member.sign_in(portal, browser, state=state)["state"] == state


def test_a_confidential_client_may_go_without_pkce_but_not_without_nonce(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, require_pkce=False)
    plain = {"code_challenge": None, "code_challenge_method": None}

    refused = portal.answer(browser, **plain, nonce=None)
    answer = member.sign_in(portal, browser, **plain)

    assert refused["error"] == "invalid_request"
    assert portal.redeem(answer, code_verifier=None).status_code == 200


def test_scopes_the_client_may_not_have_are_left_out(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, scope="openid email business offline_access nonsense")

    assert portal.tokens(answer)["scope"] == "openid email"


def test_the_login_hint_is_prefilled(portal: Portal, browser: Browser) -> None:
    page = portal.start(browser, login_hint="erika@example.test")

    assert page.form("username").fields["username"] == "erika@example.test"


def test_the_login_page_names_the_application_and_may_lead_to_it(
    portal: Portal, browser: Browser
) -> None:
    page = portal.start(browser)

    assert "Portal" in page.text
    csp = page.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://portal.example" in csp


def test_a_parked_request_is_sealed(app: Flask, portal: Portal, browser: Browser) -> None:
    portal.start(browser, state="very-recognisable")

    with app.app_context():
        db = app.extensions["sqlalchemy"].session
        rows = db.connection().exec_driver_sql("SELECT * FROM pending_request").all()
    assert len(rows) == 1
    assert "very-recognisable" not in str(rows)


def test_a_closed_client_starts_nothing(app: Flask, portal: Portal, browser: Browser) -> None:
    disable_client(app, portal)

    assert portal.start(browser).error_code == "client_unknown"
