"""Request objects by value (OIDC Core §6.1, RFC 9101): merged, checked, never trusted unread."""

import base64
import json
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.oauth.conftest import Member
from tests.relying_party import CALLBACK, Portal, answered

KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
# What must stand in the request itself (OIDC Core §6.1).
BARE = {"state": None, "nonce": None, "code_challenge": None, "code_challenge_method": None}


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(claims: object, header: object = None) -> str:
    return f"{part({'alg': 'none'} if header is None else header)}.{part(claims)}."


def wanted(portal: Portal, **more: Any) -> dict[str, Any]:
    """Return what a request object of this client holds."""
    claims = {
        "iss": portal.client.id,
        "aud": portal.issuer,
        "client_id": portal.client.id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "inside",
        "nonce": "inside-too",
        "code_challenge": portal.challenge,
        "code_challenge_method": "S256",
        **more,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(portal: Portal, header: dict[str, Any] | None = None, **more: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one", **(header or {})}, wanted(portal, **more), KEY)


@pytest.fixture
def portal(app: Flask) -> Portal:
    """A client whose key is known."""
    return Portal.register(app, jwks={"keys": [KEY.as_dict(private=False)]})


def test_oidcc_unsigned_request_object_gives_state_and_nonce(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, request=unsigned(wanted(portal)), **BARE)

    assert answer["state"] == "inside"
    claims = portal.verified(portal.tokens(answer)["id_token"]).claims
    assert claims["nonce"] == "inside-too"


def test_a_signed_request_object_works_and_wins_over_the_request(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(portal, browser, request=signed(portal), state="outside")

    assert answer["state"] == "inside"


def test_what_the_object_does_not_hold_is_taken_from_the_request(
    portal: Portal, member: Member, browser: Browser
) -> None:
    sparse = signed(portal, state=None, nonce=None, scope=None, redirect_uri=None)

    answer = member.sign_in(portal, browser, request=sparse)

    assert answer["state"] == "the-state"


def test_oidcc_ensure_request_object_with_redirect_uri(
    portal: Portal, member: Member, browser: Browser
) -> None:
    answer = member.sign_in(
        portal, browser, request=signed(portal), redirect_uri="https://wrong.example/"
    )

    assert answer["code"]


def test_the_object_may_ask_for_numbers_claims_and_another_mode(
    portal: Portal, member: Member, browser: Browser
) -> None:
    more = {"max_age": 10000, "response_mode": "form_post"}
    asked = {"userinfo": {"name": None}}

    answer = member.sign_in(portal, browser, request=signed(portal, claims=asked, **more))

    assert answer.mode == "form_post"
    token = portal.tokens(answer)["access_token"]
    assert (portal.userinfo(token).json or {})["name"] == "Erika Beispiel"


@pytest.mark.parametrize(
    "odd",
    [
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"sub": "x"},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": 9_999_999_999},
        {"request": "x.y.z"},
        {"request_uri": "https://portal.example/object"},
        {"client_id": "another"},
        {"response_type": "token"},
        {"scope": ["openid"]},
        {"state": None, "claims": [1]},
        {"prompt": True},
    ],
)
def test_stack_2_odd_members_of_a_signed_object_are_refused(
    portal: Portal, browser: Browser, odd: dict[str, Any]
) -> None:
    answer = portal.answer(browser, request=signed(portal, **odd))

    assert answer["error"] == "invalid_request_object"
    assert answer["state"] == "the-state"


def test_an_audience_may_be_a_list_with_us_in_it(
    portal: Portal, member: Member, browser: Browser
) -> None:
    several = signed(portal, aud=["https://other.example", portal.issuer])

    assert member.sign_in(portal, browser, request=several)["code"]


def test_clocks_may_differ_a_little(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    now = int(clock.timestamp())

    answer = member.sign_in(portal, browser, request=signed(portal, nbf=now + 10, exp=now - 5))

    assert answer["code"]
    late = portal.answer(browser, request=signed(portal, nbf=now + 60))
    assert late["error"] == "invalid_request_object"


def test_an_unsigned_object_needs_no_issuer_but_never_a_wrong_one(
    portal: Portal, member: Member, browser: Browser
) -> None:
    plain = unsigned(wanted(portal, iss=None, aud=None))
    assert member.sign_in(portal, browser, request=plain, **BARE)["code"]

    for odd in ({"aud": "https://other.example"}, {"iss": "somebody"}):
        answer = portal.answer(browser, request=unsigned(wanted(portal, **odd)))
        assert answer["error"] == "invalid_request_object"


@pytest.mark.parametrize(
    "token",
    [
        "x", "..", "x.y.z", "e30.e30.", "e30.e30.x", ".e30.", "a.b.c.d", "é.e30.",
        unsigned([]), unsigned("[" * 5000), unsigned({}, []), unsigned({}, {"alg": "None"}),
        unsigned({"state": "a\x00b"}), unsigned({"scope": "x" * 5000}),
        unsigned({"state": "x"}).rstrip(".") + ".AAAA", unsigned('{"exp": 1' + "0" * 5000 + "}"),
        unsigned({}, {"alg": "none", "typ": "at+jwt"}), unsigned({"exp": 1e400}),
    ],
)  # fmt: skip
def test_what_is_no_request_object_is_refused(portal: Portal, browser: Browser, token: str) -> None:
    answer = portal.answer(browser, request=token)

    assert answer["error"] in ("invalid_request_object", "invalid_request")


@pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt", "client-authentication+jwt", "dpop+jwt"])
def test_threat_39_a_jwt_of_another_kind_is_no_request_object(
    portal: Portal, browser: Browser, kind: str
) -> None:
    answer = portal.answer(browser, request=signed(portal, {"typ": kind}))

    assert answer["error"] == "invalid_request_object"


def test_threat_29_only_the_clients_own_key_signs_its_objects(
    portal: Portal, browser: Browser
) -> None:
    claims = wanted(portal)
    other = ECKey.generate_key("P-256")
    public = json.dumps(KEY.as_dict(private=False)).encode()
    forged = [
        jwt.encode({"alg": "ES256", "kid": "one"}, claims, other),
        jwt.encode({"alg": "ES256", "jwk": other.as_dict(private=False)}, claims, other),
        jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(public)),
    ]

    for token in forged:
        assert portal.answer(browser, request=token)["error"] == "invalid_request_object"


def test_a_client_that_promised_to_sign_cannot_send_an_unsigned_one(
    app: Flask, member: Member, browser: Browser
) -> None:
    keys = {"keys": [KEY.as_dict(private=False)]}
    portal = Portal.register(app, jwks=keys, request_object_alg="ES256")

    answer = portal.answer(browser, request=unsigned(wanted(portal)))
    assert answer["error"] == "invalid_request_object"

    assert member.sign_in(portal, browser, request=signed(portal))["code"]


def test_a_client_without_keys_cannot_sign(app: Flask, browser: Browser) -> None:
    portal = Portal.register(app)

    assert portal.answer(browser, request=signed(portal))["error"] == "invalid_request_object"


def test_threat_5_an_object_of_an_unknown_client_redirects_nowhere(
    portal: Portal, browser: Browser
) -> None:
    page = portal.start(browser, client_id="unknown", request=unsigned(wanted(portal)))

    assert (page.status, page.error_code) == (400, "client_unknown")


def test_an_object_cannot_send_the_answer_to_an_unregistered_address(
    portal: Portal, browser: Browser
) -> None:
    evil = signed(portal, redirect_uri="https://evil.example/")

    page = portal.start(browser, request=evil)

    assert (page.status, page.error_code) == (400, "redirect_uri_unregistered")


def test_the_waiting_request_needs_the_object_no_more(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    now = int(clock.timestamp())
    page = portal.start(browser, request=signed(portal, exp=now + 60))
    clock.advance(minutes=10)

    with pytest.raises(Left) as left:
        page.send(username=member.email, password=member.password)

    assert answered(left.value)["state"] == "inside"


def test_rsa_signs_too(app: Flask, member: Member, browser: Browser) -> None:
    key = RSAKey.generate_key(3072)
    portal = Portal.register(app, jwks={"keys": [key.as_dict(private=False)]})

    for alg in ("RS256", "PS256"):
        token = jwt.encode({"alg": alg}, wanted(portal), key, [alg])
        browser = Browser(app)
        assert member.sign_in(portal, browser, request=token)["state"] == "inside"


def test_a_number_beyond_any_clock_is_no_error(
    portal: Portal, member: Member, browser: Browser
) -> None:
    far = unsigned(json.dumps(wanted(portal)).replace("{", '{"exp": 1' + "0" * 400 + ",", 1))

    assert member.sign_in(portal, browser, request=far)["state"] == "inside"


def test_several_apis_stand_in_an_object_as_a_list(portal: Portal, browser: Browser) -> None:
    for apis in (["https://api.example/a", "https://api.example/b"], "https://api.example/a"):
        answer = portal.answer(browser, request=signed(portal, resource=apis))
        assert answer["error"] == "invalid_target"
    answer = portal.answer(browser, request=signed(portal, resource=[{"a": True}, None]))
    assert answer["error"] == "invalid_request_object"


def test_an_object_that_cannot_be_used_has_a_page_with_words(
    portal: Portal, browser: Browser
) -> None:
    page = portal.start(browser, redirect_uri=None, request="x")

    assert (page.status, page.error_code) == (400, "invalid_request")
    assert "error." not in page.text


def test_the_kind_of_an_object_is_read_in_any_case(
    portal: Portal, member: Member, browser: Browser
) -> None:
    token = signed(portal, {"typ": "OAuth-Authz-Req+JWT"})

    assert member.sign_in(portal, browser, request=token)["code"]


def test_an_object_signed_otherwise_than_its_client_promised_is_refused(
    app: Flask, member: Member, browser: Browser
) -> None:
    other = RSAKey.generate_key(3072)
    keys = {"keys": [KEY.as_dict(private=False), other.as_dict(private=False)]}
    portal = Portal.register(app, jwks=keys, request_object_alg="ES256")

    answer = portal.answer(browser, request=jwt.encode({"alg": "RS256"}, wanted(portal), other))
    assert answer["error"] == "invalid_request_object"

    assert member.sign_in(portal, browser, request=signed(portal))["code"]


def test_oidcc_6_1_the_response_type_stands_outside_the_object_too(
    portal: Portal, browser: Browser
) -> None:
    answer = portal.answer(browser, request=signed(portal), response_type=None)

    assert answer["error"] == "invalid_request_object"
