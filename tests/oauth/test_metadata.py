"""The document says what works, and what works is in it (OIDC Discovery §3, RFC 8414 §2).

For every value that it holds there is a request here that is answered as the value promises.
"""

import base64
import json
import warnings
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.errors import SecurityWarning
from werkzeug.test import TestResponse

from idp.accounts.models import Account
from idp.core import Core
from idp.oauth.jose import OLD_NAMES
from idp.oauth.metadata import FROM_CLIENTS, PROTOCOL_CLAIMS, metadata
from idp.oauth.registry import ALGORITHMS, GRANT_TYPES, METHODS, SCOPES
from tests.browser import Browser
from tests.client_keys import ClientKey
from tests.oauth.conftest import Member
from tests.oauth.test_claims import FURTHER
from tests.relying_party import VERIFIER, Portal

# The members of OIDC Discovery §3, RFC 8414 §2, RFC 9207 §3, Initiating User Registration §4 and
# the logout specifications; a suite warns of any other.
MEMBERS = {
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
    "revocation_endpoint", "introspection_endpoint", "end_session_endpoint",
    "scopes_supported", "response_types_supported", "response_modes_supported",
    "grant_types_supported", "subject_types_supported", "acr_values_supported",
    "id_token_signing_alg_values_supported", "request_object_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported", "prompt_values_supported", "display_values_supported",
    "claim_types_supported", "claims_supported", "claims_parameter_supported",
    "request_parameter_supported", "request_uri_parameter_supported", "ui_locales_supported",
    "authorization_response_iss_parameter_supported", "backchannel_logout_supported",
    "backchannel_logout_session_supported", "op_policy_uri", "op_tos_uri",
}  # fmt: skip
CONFIDENTIAL = tuple(method for method in METHODS if method != "none")
ENDPOINTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")


@pytest.fixture
def document(core: Core) -> dict[str, Any]:
    return metadata(core)


def key_for(alg: str) -> ClientKey:
    return ClientKey.make(OLD_NAMES.get(alg, alg))


def spelled(key: ClientKey, alg: str, token: str) -> str:
    """Return the token, signed under the older name of its algorithm if that is asked for."""
    if alg == key.alg:
        return token
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key.key, algorithms=[alg])


def opened(app: Flask, path: str, **more: Any) -> TestResponse:
    return app.test_client().open(path, base_url="http://127.0.0.1:8000", **more)


# --- the document itself


def test_it_has_no_member_of_our_own_and_lacks_none(document: dict[str, Any]) -> None:
    assert set(document) == MEMBERS


def test_every_list_holds_something_and_nothing_twice(document: dict[str, Any]) -> None:
    for name, values in document.items():
        if name.endswith("_supported") and not isinstance(values, bool):
            assert values, name
            assert len(values) == len(set(values)), name


def test_oidcc_discovery_endpoint_verification_finds_what_it_demands(
    document: dict[str, Any],
) -> None:
    assert "code" in document["response_types_supported"]
    assert "openid" in document["scopes_supported"]
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


def test_every_address_is_the_issuers_and_answers(app: Flask, document: dict[str, Any]) -> None:
    addresses = [value for value in document.values()
                 if isinstance(value, str) and value != document["issuer"]]  # fmt: skip

    answers = {address: opened(app, urlsplit(address).path) for address in addresses}

    assert len(answers) == 9
    assert all(address.startswith(f"{document['issuer']}/") for address in answers)
    assert not [a for a, answer in answers.items() if answer.status_code in (404, 500)]


def test_the_pages_that_it_names_can_be_read(app: Flask, document: dict[str, Any]) -> None:
    for name in ("op_policy_uri", "op_tos_uri"):
        assert opened(app, urlsplit(document[name]).path).status_code == 200


def test_everything_that_the_code_knows_is_said(document: dict[str, Any]) -> None:
    assert document["scopes_supported"] == list(SCOPES)
    assert document["grant_types_supported"] == list(GRANT_TYPES)
    assert document["id_token_signing_alg_values_supported"] == list(ALGORITHMS)
    assert set(document["prompt_values_supported"]) == {
        "none", "login", "consent", "select_account", "create",
    }  # fmt: skip
    for endpoint, methods in (
        ("token", METHODS), ("revocation", METHODS), ("introspection", CONFIDENTIAL),
    ):  # fmt: skip
        assert document[f"{endpoint}_endpoint_auth_methods_supported"] == list(methods)
        signing = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert signing == [*ALGORITHMS, *OLD_NAMES]


# --- clients


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_each_method_of_client_authentication_is_taken_where_it_is_said(
    app: Flask, path: str, method: str
) -> None:
    key = ClientKey.make() if method == "private_key_jwt" else None
    grants = ("authorization_code",) if method == "none" else GRANT_TYPES
    portal = Portal.register(app, key=key, auth_method=method, grant_types=grants)

    answer = portal.post(
        {"token": "x", "grant_type": "authorization_code", "code": "x",
         "redirect_uri": portal.redirect_uri}, path=path,
    )  # fmt: skip

    refused = path == "/oauth/introspect" and method == "none"
    assert (answer.status_code == 401) is refused
    assert ((answer.json or {}).get("error") == "invalid_client") is refused


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("alg", FROM_CLIENTS)
def test_each_algorithm_of_client_assertions_is_verified(app: Flask, alg: str, path: str) -> None:
    key = key_for(alg)
    portal = Portal.register(app, key=key, grant_types=("client_credentials",), redirect_uris=())
    form = {"grant_type": "client_credentials", "token": "x"}

    token = spelled(key, alg, portal.assertion()["client_assertion"])
    answer = portal.post({**form, "client_assertion": token}, path=path)
    mangled = portal.assertion()["client_assertion"][:-8] + "AAAAAAAA"

    assert answer.status_code == 200
    assert portal.post({**form, "client_assertion": mangled}, path=path).status_code == 401


@pytest.mark.parametrize("grant_type", GRANT_TYPES)
def test_each_grant_type_is_known_at_the_token_endpoint(app: Flask, grant_type: str) -> None:
    portal = Portal.register(app, grant_types=GRANT_TYPES)

    answer = portal.post({"grant_type": grant_type, "code": "x", "refresh_token": "x",
                          "redirect_uri": portal.redirect_uri})  # fmt: skip

    assert (answer.json or {}).get("error") in (None, "invalid_grant")
    other = portal.post({"grant_type": "password"}).json or {}
    assert other["error"] == "unsupported_grant_type"


# --- tokens


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_each_algorithm_signs_id_tokens(
    app: Flask, member: Member, browser: Browser, alg: str
) -> None:
    portal = Portal.register(app, id_token_alg=alg)

    token = portal.verified(portal.tokens(member.sign_in(portal, browser))["id_token"], alg)

    assert token.header["alg"] == alg
    assert token.claims["sub"] == member.id


def test_each_protocol_claim_and_acr_value_is_in_the_id_token(
    portal: Portal, member: Member, browser: Browser, document: dict[str, Any]
) -> None:
    claims = portal.verified(portal.tokens(member.sign_in(portal, browser))["id_token"]).claims

    assert set(PROTOCOL_CLAIMS) == set(claims)
    assert [claims["acr"]] == document["acr_values_supported"]


def test_each_scope_is_granted_and_each_claim_about_a_person_is_said(
    app: Flask, core: Core, member: Member, browser: Browser, document: dict[str, Any]
) -> None:
    with core.writing():
        core.db.get_one(Account, member.id).claims = FURTHER
    portal = Portal.register(app, scopes=SCOPES)

    tokens = portal.tokens(member.sign_in(portal, browser))
    said = portal.userinfo(tokens["access_token"]).json or {}

    assert set(tokens["scope"].split()) == set(document["scopes_supported"])
    # This person has no business; that claim has tests of its own.
    about = set(document["claims_supported"]) - {*PROTOCOL_CLAIMS, "business", "businesses"}
    assert about == set(said) - {"sub"}


def test_the_subject_is_public_one_for_all_applications(
    app: Flask, portal: Portal, member: Member, browser: Browser, document: dict[str, Any]
) -> None:
    other = Portal.register(app, name="Other")

    subs = {
        p.verified(p.tokens(answer)["id_token"]).claims["sub"]
        for p, answer in (
            (portal, member.sign_in(portal, browser)), (other, other.answer(browser)),
        )
    }  # fmt: skip

    assert document["subject_types_supported"] == ["public"]
    assert subs == {member.id}


# --- authorization requests


@pytest.mark.parametrize(
    ("prompt", "path"),
    [("login", "/login"), ("create", "/register"), ("consent", "/consent"),
     ("select_account", "/login/account")],
)  # fmt: skip
def test_each_prompt_shows_its_page(
    portal: Portal, member: Member, browser: Browser, prompt: str, path: str
) -> None:
    member.sign_in(portal, browser)

    # The page itself is drawn elsewhere; here it counts where the person is sent.
    answer = browser.client.get(portal.authorization(prompt=prompt), base_url=portal.issuer)

    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == path


def test_prompt_none_shows_nothing(portal: Portal, browser: Browser) -> None:
    assert portal.answer(browser, prompt="none")["error"] == "login_required"


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_each_response_mode_is_used_with_the_issuer_in_it(
    portal: Portal, member: Member, browser: Browser, document: dict[str, Any], mode: str
) -> None:
    answer = member.sign_in(portal, browser, response_mode=mode)

    assert mode in document["response_modes_supported"]
    assert answer.mode == mode
    assert answer["iss"] == document["issuer"]
    assert portal.redeem(answer).status_code == 200


def test_no_other_response_type_works(portal: Portal, browser: Browser) -> None:
    for other in ("id_token", "token", "id_token token", "code id_token", "code token", "none"):
        assert portal.answer(browser, response_type=other)["error"] == "unsupported_response_type"


def test_a_challenge_is_s256_and_nothing_else(
    portal: Portal, member: Member, browser: Browser
) -> None:
    plain = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}

    assert portal.answer(browser, **plain)["error"] == "invalid_request"
    assert "id_token" in portal.tokens(member.sign_in(portal, browser))


@pytest.mark.parametrize("display", ["page", "popup", "touch"])
def test_each_display_is_taken(
    portal: Portal, browser: Browser, document: dict[str, Any], display: str
) -> None:
    assert display in document["display_values_supported"]
    assert portal.start(browser, display=display).path == "/login"


@pytest.mark.parametrize(("asked", "shown"), [("de", "de"), ("en", "en"), ("se en", "en")])
def test_each_language_is_spoken(
    portal: Portal, browser: Browser, document: dict[str, Any], asked: str, shown: str
) -> None:
    page = portal.start(browser, ui_locales=asked)

    assert shown in document["ui_locales_supported"]
    assert f'<html lang="{shown}">' in page.response.text


@pytest.mark.parametrize("alg", ["none", *FROM_CLIENTS])
def test_each_algorithm_of_request_objects_is_verified(
    app: Flask, member: Member, browser: Browser, document: dict[str, Any], alg: str
) -> None:
    key = None if alg == "none" else key_for(alg)
    portal = Portal.register(app, jwks=key.jwks() if key else None)
    claims = {"iss": portal.client.id, "aud": portal.issuer, "state": "from the object"}
    token = spelled(key, alg, key.sign(claims)) if key else unsigned(claims)

    answer = member.sign_in(portal, browser, request=token)

    assert alg in document["request_object_signing_alg_values_supported"]
    assert answer["state"] == "from the object"


def unsigned(claims: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join((*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""))


def test_request_objects_are_not_fetched(portal: Portal, browser: Browser) -> None:
    answer = portal.answer(browser, request_uri="https://portal.example/request.jwt")

    assert answer["error"] == "request_uri_not_supported"


def test_single_claims_can_be_asked_for(portal: Portal, member: Member, browser: Browser) -> None:
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})

    tokens = portal.tokens(member.sign_in(portal, browser, scope="openid", claims=claims))

    assert (portal.userinfo(tokens["access_token"]).json or {})["name"] == "Erika Beispiel"
