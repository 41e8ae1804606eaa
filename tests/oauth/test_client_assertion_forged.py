"""Assertions that the client never signed, or signed for something else (threats 29, 39)."""

import base64
import hmac
import json
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.core import Core
from tests.browser import Browser
from tests.client_keys import ClientKey, asserted
from tests.oauth.conftest import Member
from tests.oauth.machines import MACHINE
from tests.oauth.refusals import refused
from tests.relying_party import Portal


def raw(header: Any, claims: Any, signature: str = "") -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    head, body = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}.{signature}"


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """Sign with a secret that no library would take for one."""
    plain = raw(header, claims).rstrip(".")
    digest = hmac.digest(secret, plain.encode(), "sha256")
    return f"{plain}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def forged(portal: Portal, now: float) -> dict[str, str]:
    """Return assertions that a careless verifier has taken for the client's."""
    assert portal.key
    thief, public = ClientKey.make(kid="one"), portal.key.public()
    good = thief.assertion(portal.client.id, portal.issuer, now)
    claims = json.loads(base64.urlsafe_b64decode(good.split(".")[1] + "=="))
    signature = portal.key.sign(claims).split(".")[2]
    secrets = {
        "jwk": json.dumps(public).encode(),
        "pem": portal.key.key.as_pem(private=False),
    }
    keyed = {
        f"HS256 with the public {name}": by_hand({"alg": "HS256", "kid": "one"}, claims, secret)
        for name, secret in secrets.items()
    }
    own = {"jwk": thief.public(), "jku": "https://thief.example/jwks",
           "x5u": "https://thief.example/cert", "x5c": ["MIIB"]}  # fmt: skip
    brought = {name: thief.sign(claims, **{name: value}) for name, value in own.items()}
    signed = {
        f"{name} in the client's own": portal.key.sign(claims, **{name: value})
        for name, value in own.items()
    }
    kids = {
        kid: thief.sign(claims, kid=kid)
        for kid in ("../../dev/null", "' OR 1=1 --", "x" * 400, "\x00")
    }
    return keyed | brought | signed | kids | {
        "another key": good,
        "none": raw({"alg": "none"}, claims),
        "None": raw({"alg": "None", "kid": "one"}, claims),
        "none with signature": raw({"alg": "none", "kid": "one"}, claims, signature),
        "no alg": raw({"kid": "one"}, claims, signature),
        "a list as header": raw([], claims, signature),
        "a text as header": raw("alg", claims, signature),
        "a list as claims": raw({"alg": "ES256"}, [], signature),
        "crit": portal.key.sign(claims, crit=["b64"], b64=True),
        "crit unknown": portal.key.sign(claims, crit=["x"], x="y"),
        "an unknown header": portal.key.sign(claims, x="y"),
        "a long header": portal.key.sign(claims, x5t="x" * 3000),
        "RS256 for an EC key": raw({"alg": "RS256", "kid": "one"}, claims, signature),
        "HS256 in lower case": raw({"alg": "es256", "kid": "one"}, claims, signature),
        "an algorithm of ours that is not allowed": raw({"alg": "ES384"}, claims, signature),
        "cut": good[:-4],
        "two parts": ".".join(good.split(".")[:2]),
        "five parts": good + ".x.y",
        "no signature": ".".join(good.split(".")[:2]) + ".",
        "deep": f"{'W1tb' * 60}.{base64.urlsafe_b64encode(b'[' * 9000).decode().rstrip('=')}.x",
        "deep claims": raw({"alg": "ES256"}, {}).split(".")[0]
        + f".{base64.urlsafe_b64encode(b'[' * 9000).decode().rstrip('=')}.x",
        "long": good + "x" * 17_000,
        "not ASCII": good + "é",
        "padding": good + "=",
    }  # fmt: skip


def test_threat_29_forged_assertions_are_refused(robot: Portal, core: Core) -> None:
    for name, token in forged(robot, core.clock.timestamp()).items():
        response = robot.post(MACHINE | asserted(token), auth=False)
        expected = ("invalid_request", 400) if len(token) > 16_384 else ("invalid_client", 401)
        assert (response.json["error"], response.status_code) == expected, name  # type: ignore[index]
    assert robot.post(MACHINE).status_code == 200


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["ES256", "none", "HS256", "EdDSA", "", "b64"]) | st.integers(),
        "kid": st.text(max_size=5) | st.none() | st.lists(st.text(max_size=2), max_size=2),
        "typ": st.sampled_from(["JWT", "at+jwt", ""]) | st.booleans(),
        "crit": st.lists(st.text(max_size=4), max_size=2),
        "b64": st.booleans() | st.none(),
        "jwk": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
CLAIMS = st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "jti", "nbf"]), JSON) | JSON


@given(header=HEADERS | JSON, claims=CLAIMS, signature=st.binary(max_size=70), own=st.booleans())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_threat_29_whatever_is_made_up_is_refused_in_the_same_way(
    robot: Portal, header: Any, claims: Any, signature: bytes, own: bool
) -> None:
    if own and isinstance(claims, dict):
        claims = {"iss": robot.client.id, "aud": robot.issuer} | claims | {"sub": robot.client.id}
    text = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()

    response = robot.post(MACHINE | asserted(raw(header, claims, text)), auth=False)

    refused(response, "invalid_client", 401)


def test_threat_39_no_other_kind_of_jwt_is_an_assertion_and_an_assertion_is_no_other(
    app: Flask, member: Member, browser: Browser
) -> None:
    key = ClientKey.make()
    portal = Portal.register(app, key=key, grant_types=("authorization_code", "client_credentials"))
    tokens = portal.tokens(member.sign_in(portal, browser))
    own = (portal.post(MACHINE).json or {})["access_token"]
    now = app.extensions["idp"].core.clock.timestamp()
    # A request object is signed with the same key, and says whom it is for.
    asked = key.sign({"iss": portal.client.id, "aud": portal.issuer, "exp": now + 60, "jti": "x"})

    for other in (tokens["id_token"], tokens["access_token"], own, asked):
        refused(portal.post(MACHINE | asserted(other), auth=False), "invalid_client", 401)
    assertion = portal.assertion()["client_assertion"]
    assert portal.userinfo(assertion).status_code == 401
    described = portal.post({"token": assertion}, path="/oauth/introspect")
    assert described.json == {"active": False}
    page = browser.open(f"/oauth/logout?id_token_hint={assertion}")
    assert page.path != "/account"
    assert portal.answer(browser, prompt="none")["code"]
