"""What the suite looks at in (almost) every module, each thing once (OIDC Core, RFC 6749).

It tells failures from warnings; here both count.
"""

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws, jwt
from joserfc.jwk import JWKRegistry
from werkzeug.test import TestResponse

Json = dict[str, Any]

YEAR = 365 * 86_400
# RFC 6749 §4.1.2.1 and §5.2: no umlauts, no quotation marks, no backslash, no line breaks.
PLAIN = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
PRINTABLE = re.compile(r"[\x20-\x7e]+")
ENCODED = re.compile(r"[A-Za-z0-9_-]+")
BIRTHDATE = re.compile(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?")
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
ERROR_MEMBERS = {"error", "error_description", "error_uri", "state", "session_state", "iss"}
# A client may find nothing else in an ID token that it has not asked for.
ID_TOKEN_CLAIMS = {
    "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp",
    "at_hash", "c_hash", "s_hash", "nbf", "jti", "sid", "txn",
}  # fmt: skip
PROFILE = {
    "name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture",
    "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "preferred_username",
}  # fmt: skip
ADDRESS = {"formatted", "street_address", "locality", "region", "postal_code", "country"}
NEEDS_A_PAGE = {
    "login_required", "interaction_required", "account_selection_required", "consent_required",
}  # fmt: skip


def entropy(text: str) -> float:
    """Return the bits of a text by Shannon: how its signs are spread, times its length."""
    parts = [count / len(text) for count in Counter(text).values()]
    return -sum(part * math.log2(part) for part in parts) * len(text)


def check_discovery(document: Json) -> None:
    """What no module goes on without."""
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"):
        parts = urlsplit(document[name])
        assert parts.scheme == "https", name
        assert parts.hostname, name


def check_jwks(document: Json) -> None:
    """Public keys alone, well-formed, each with a name of its own, each known to libraries."""
    keys = document["keys"]
    kids = [key["kid"] for key in keys]
    assert keys
    assert all(isinstance(kid, str) and kid.strip() for kid in kids)
    assert len(set(kids)) == len(kids)
    for key in keys:
        assert not PRIVATE & set(key)
        assert key["kty"] in ("RSA", "EC", "OKP")
        assert key["use"] == "sig"
        assert key["alg"] in ("RS256", "PS256", "ES256", "Ed25519")
        for name in {"n", "e", "x", "y"} & set(key):
            assert ENCODED.fullmatch(key[name]), name
        assert not JWKRegistry.import_key(key).is_private


def check_answer(parameters: Mapping[str, str], asked: Mapping[str, str], issuer: str) -> str:
    """A successful authorization response; returns the code."""
    expected = {"code", "iss"} | ({"state"} if "state" in asked else set())
    assert set(parameters) == expected
    assert parameters["iss"] == issuer
    assert parameters.get("state") == asked.get("state")
    assert len(parameters["code"]) >= 16
    assert entropy(parameters["code"]) > 96
    return parameters["code"]


def check_error(parameters: Mapping[str, str], asked: Mapping[str, str], issuer: str) -> str:
    """An error of the authorization endpoint (RFC 6749 §4.1.2.1); returns which."""
    assert set(parameters) <= ERROR_MEMBERS
    assert parameters["iss"] == issuer
    assert parameters.get("state") == asked.get("state")
    _check_told(parameters)
    return parameters["error"]


def _check_told(said: Mapping[str, str]) -> None:
    assert PLAIN.fullmatch(said["error"])
    assert PLAIN.fullmatch(said.get("error_description", ""))
    assert urlsplit(said.get("error_uri", "https://a.example")).scheme == "https"


def check_token_error(response: TestResponse) -> str:
    """An error of the token endpoint (RFC 6749 §5.2); returns which."""
    said = response.json
    assert response.mimetype == "application/json"
    assert said
    assert set(said) <= {"error", "error_description", "error_uri"}
    assert response.status_code == (401 if said["error"] == "invalid_client" else 400)
    _check_told(said)
    return str(said["error"])


def check_tokens(response: TestResponse) -> Json:
    """A successful token response (RFC 6749 §5.1, OIDC Core §3.1.3.3); returns it."""
    said: Json = response.json or {}
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert "no-store" in response.headers["Cache-Control"]
    assert said["token_type"].lower() == "bearer"
    assert type(said["expires_in"]) is int
    assert 0 < said["expires_in"] <= YEAR
    assert entropy(said["access_token"]) > 96
    for name in {"access_token", "id_token", "refresh_token"} & set(said):
        assert PRINTABLE.fullmatch(said[name])
    if "refresh_token" in said:
        assert len(said["refresh_token"]) >= 16
        assert entropy(said["refresh_token"]) > 96
    return said


def verified(token: str, jwks: Json) -> Json:
    """Verify a JWT with the one published key that fits its header; returns the claims."""
    header = jws.extract_compact(token.encode()).headers()
    kid, alg = header["kid"], header["alg"]
    (key,) = (k for k in jwks["keys"] if (k["kid"], k["alg"], k["use"]) == (kid, alg, "sig"))
    return dict(jwt.decode(token, JWKRegistry.import_key(key), [alg]).claims)


def check_id_token(
    token: str, asked: Mapping[str, str | None], discovery: Json, now: float
) -> Json:
    """The standard checks of every ID token (OIDC Core §2 and §3.1.3.7); returns its claims."""
    claims = verified(token, discovery["jwks"])
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    assert claims["iss"] == discovery["issuer"]
    assert asked["client_id"] in audience
    assert all(type(claims[name]) is int for name in ("exp", "iat", "auth_time"))
    assert now < claims["exp"] < now + 50 * YEAR
    assert abs(claims["iat"] - now) < 300
    assert now - YEAR < claims["auth_time"] <= now
    # None that was not sent.
    assert claims.get("nonce") == asked.get("nonce")
    assert isinstance(claims["acr"], str)
    assert claims["acr"].strip()
    assert PRINTABLE.fullmatch(claims["sub"])
    assert len(claims["sub"]) <= 255
    check_person(claims)
    return claims


def check_at_hash(claims: Json, access_token: str) -> None:
    """OIDC Core §3.1.3.6, for the algorithms that hash with SHA-256."""
    digest = hashlib.sha256(access_token.encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_person(said: Json) -> None:
    """Every standard claim that is there has its type, and says something (OIDC Core §5.1)."""
    for name in (PROFILE | {"email", "phone_number", "sub"}) & set(said):
        if name == "updated_at":
            assert type(said[name]) is int
            assert said[name] > 631_152_000
        else:
            assert isinstance(said[name], str), name
            assert said[name].strip() not in ("", "null"), name
    for name in {"email_verified", "phone_number_verified"} & set(said):
        assert type(said[name]) is bool, name
    assert BIRTHDATE.fullmatch(said.get("birthdate", "1985"))
    if "address" in said:
        assert said["address"]
        assert set(said["address"]) <= ADDRESS
        assert all(isinstance(v, str) and v.strip() for v in said["address"].values())
