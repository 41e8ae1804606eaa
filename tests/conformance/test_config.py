"""The Config plan: what the discovery document must say, and what it must not (OIDC Discovery §3).

What it says is true in every other test of the protocol (`tests/oauth/test_metadata.py`).
"""

import re
from urllib.parse import urlsplit

from babel import Locale

from tests.conformance import checks
from tests.conformance.suite import ISSUER, Module

# What the suite knows of OIDC Discovery, RFC 8414, logout, RFC 9207 and their neighbours; it warns
# of any other member.
KNOWN = {
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
    "registration_endpoint", "revocation_endpoint", "introspection_endpoint",
    "end_session_endpoint", "check_session_iframe", "pushed_authorization_request_endpoint",
    "scopes_supported", "response_types_supported", "response_modes_supported",
    "grant_types_supported", "acr_values_supported", "subject_types_supported",
    "id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported",
    "request_object_signing_alg_values_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported", "display_values_supported", "claim_types_supported",
    "claims_supported", "claims_locales_supported", "ui_locales_supported",
    "claims_parameter_supported", "request_parameter_supported",
    "request_uri_parameter_supported", "require_request_uri_registration", "op_policy_uri",
    "op_tos_uri", "prompt_values_supported",
    "authorization_response_iss_parameter_supported", "backchannel_logout_supported",
    "backchannel_logout_session_supported", "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
}  # fmt: skip
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
REQUIRED = {
    "response_types_supported": "code",
    "subject_types_supported": "public",
    "id_token_signing_alg_values_supported": "RS256",
    "request_object_signing_alg_values_supported": "RS256",
    "claims_supported": "sub",
    "grant_types_supported": "authorization_code",
    "scopes_supported": "openid",
    "code_challenge_methods_supported": "S256",
}


def test_oidcc_discovery_endpoint_verification_finds_a_json_document(module: Module) -> None:
    response = module.get("/.well-known/openid-configuration")

    assert (response.status_code, response.mimetype) == (200, "application/json")
    checks.check_jwks(module.discovery["jwks"])


def test_oidcc_discovery_endpoint_verification_finds_an_issuer_that_is_a_plain_address(
    module: Module,
) -> None:
    issuer = urlsplit(module.discovery["issuer"])

    assert issuer.geturl() == ISSUER
    assert (issuer.scheme, issuer.query, issuer.fragment, issuer.username) == (
        "https",
        "",
        "",
        None,
    )


def test_oidcc_discovery_endpoint_verification_finds_no_member_of_our_own(module: Module) -> None:
    assert set(module.discovery) - {"jwks"} <= KNOWN


def test_oidcc_discovery_endpoint_verification_finds_members_of_the_right_type(
    module: Module,
) -> None:
    for name, value in module.discovery.items():
        if name.endswith(("_endpoint", "_uri")) or name == "issuer":
            assert urlsplit(value).scheme == "https", name
            assert urlsplit(value).hostname, name
        elif isinstance(value, list):
            assert value, name
            assert all(isinstance(each, str) and each for each in value), name
        else:
            assert name == "jwks" or type(value) is bool, name


def test_oidcc_discovery_endpoint_verification_finds_what_it_requires(module: Module) -> None:
    for name, value in REQUIRED.items():
        assert value in module.discovery[name], name
    assert "userinfo_endpoint" in module.discovery
    assert module.discovery["request_parameter_supported"] is True
    assert module.discovery["claims_parameter_supported"] is True


def test_oidcc_discovery_endpoint_verification_reads_scopes_and_locales(module: Module) -> None:
    document = module.discovery

    assert all(SCOPE.fullmatch(scope) for scope in document["scopes_supported"])
    for name in ("ui_locales_supported", "claims_locales_supported"):
        for tag in document.get(name, []):
            assert str(Locale.parse(tag, sep="-")).replace("_", "-") == tag
