"""Assertions of clients: what is accepted, once, and what never (RFC 7523 §3, OIDC Core §9)."""

import base64
import hmac
import json
import logging
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.core import Core
from idp.oauth import jti
from idp.oauth.models import SeenJti
from idp.worker import retention
from tests.browser import Browser
from tests.client_keys import ClientKey, asserted
from tests.conftest import MovableClock
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client
from tests.oauth.test_budgets import counting
from tests.oauth.test_races import together
from tests.oauth.test_token import refused
from tests.relying_party import Portal

MACHINE = {"grant_type": "client_credentials"}
ALGS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")


def machine(app: Flask, key: ClientKey | None = None, **wanted: Any) -> Portal:
    """Return a client that proves itself by assertions and asks for tokens of its own."""
    return Portal.register(
        app,
        key=key or ClientKey.make(),
        **{"grant_types": ("client_credentials",), "redirect_uris": (), **wanted},
    )


def status(portal: Portal, **changed: Any) -> int:
    form = MACHINE | portal.assertion(**changed)
    return portal.post(form, auth=False).status_code


@pytest.fixture
def robot(app: Flask) -> Portal:
    return machine(app)


@pytest.mark.parametrize("alg", ALGS)
def test_every_algorithm_that_is_advertised_works(app: Flask, alg: str) -> None:
    robot = machine(app, ClientKey.make("Ed25519" if alg == "EdDSA" else alg))
    # The same signature, under its old name (RFC 9864).
    form = asserted(renamed(robot)) if alg == "EdDSA" else robot.assertion()

    response = robot.post(MACHINE | form, auth=False)

    assert response.status_code == 200, response.text


def renamed(portal: Portal) -> str:
    """Return an assertion whose header says EdDSA."""
    assert portal.key
    token = portal.assertion()["client_assertion"]
    _, payload, _ = token.split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"EdDSA","kid":"one"}').rstrip(b"=").decode()
    signature = portal.key.key.private_key.sign(f"{head}.{payload}".encode())
    return f"{head}.{payload}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "changed",
    [
        {"iat": None},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": "client-authentication+jwt"}},
        {"header": {"kid": None}},
        {"header": {"x5t": "digest", "x5t#S256": "digest"}},
        {"jti": "x" * 200},
        {"jti": "\x00ü"},
        {"exp": 1e12, "iat": None, "in": 60 * 60},
        {"nbf_in": 8},
        {"iat_in": 10},
        {"more": "claims"},
    ],
)
def test_a_sensible_assertion_is_accepted(robot: Portal, changed: dict[str, Any]) -> None:
    assert status(robot, **moments(robot, changed)) == 200


def moments(portal: Portal, changed: dict[str, Any]) -> dict[str, Any]:
    """Return claims with moments that were given relative to now."""
    now = portal.app.extensions["idp"].core.clock.timestamp()
    names = {"in": "exp", "nbf_in": "nbf", "iat_in": "iat"}
    return {
        names.get(name, name): now + value if name in names else value
        for name, value in changed.items()
    }


WRONG: list[dict[str, Any]] = [
    {"iss": None},
    {"iss": "another"},
    {"sub": None},
    {"sub": ["a"]},
    {"sub": "\x00"},
    {"sub": "\ud800"},
    {"sub": "x" * 3000},
    {"sub": "unknown", "iss": "unknown"},
    {"aud": None},
    {"aud": "https://elsewhere.example"},
    {"aud": ""},
    {"aud": {"a": "b"}},
    {"aud": 1},
    {"exp": None},
    {"exp": "soon"},
    {"exp": True},
    {"exp": float("nan")},
    {"exp": float("inf")},
    {"exp": 10**300},
    {"exp": 0},
    {"exp": -1},
    {"in": -300},
    {"in": -11},
    {"in": 61 * 60},
    {"in": 10 * 365 * 86400},
    {"nbf_in": 60},
    {"nbf": "now"},
    {"nbf": float("nan")},
    {"iat_in": 60},
    {"iat": False},
    {"jti": None},
    {"jti": ""},
    {"jti": 7},
    {"jti": "x" * 201},
    {"header": {"typ": "at+jwt"}},
    {"header": {"typ": "logout+jwt"}},
    {"header": {"typ": "oauth-authz-req+jwt"}},
    {"header": {"typ": "dpop+jwt"}},
    {"header": {"typ": ""}},
    {"header": {"typ": 7}},
    {"header": {"kid": "unknown"}},
]


@pytest.mark.parametrize("changed", WRONG, ids=str)
def test_an_assertion_with_anything_wrong_is_refused(
    robot: Portal, changed: dict[str, Any]
) -> None:
    form = MACHINE | robot.assertion(**moments(robot, changed))

    refused(robot.post(form, auth=False), "invalid_client", 401)


def test_the_log_says_why_and_repeats_nothing(
    robot: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    form = robot.assertion(aud="https://elsewhere.example", jti="what-nobody-may-see")
    with caplog.at_level(logging.INFO, "idp.oauth"):
        robot.post(MACHINE | form, auth=False)

    [record] = caplog.records
    facts = vars(record)
    assert (facts["client"], facts["reason"]) == (robot.client.id, "is_meant_for_us")
    assert not any(secret in str(facts) for secret in (form["client_assertion"], "nobody-may-see"))


@pytest.mark.parametrize("at", ["{issuer}", "{issuer}/oauth/token", "{issuer}/oauth/par"])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("older", [False, True])
def test_the_audience_is_the_issuer_and_more_only_for_clients_that_know_no_better(
    app: Flask, at: str, listed: bool, older: bool
) -> None:
    robot = machine(app, token_url_audience=older)
    audience = at.format(issuer=robot.issuer)

    accepted = status(robot, aud=[audience, "https://more.example"] if listed else audience)

    known = audience == robot.issuer or (older and audience.endswith("/token"))
    assert accepted == (200 if known and (older or not listed) else 401)


def test_an_expired_assertion_is_taken_for_ten_seconds(robot: Portal, clock: MovableClock) -> None:
    clock.freeze()
    late, too_late = robot.assertion(), robot.assertion()
    clock.advance(seconds=69)
    assert robot.post(MACHINE | late, auth=False).status_code == 200

    clock.advance(seconds=2)

    refused(robot.post(MACHINE | too_late, auth=False), "invalid_client", 401)


@pytest.mark.parametrize("kind", ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_an_assertion_of_another_kind_is_none(robot: Portal, kind: str) -> None:
    form = robot.assertion() | {"client_assertion_type": kind}

    refused(robot.post(MACHINE | form, auth=False), "invalid_client", 401)


def test_threat_29_an_assertion_counts_once(robot: Portal) -> None:
    form = MACHINE | robot.assertion()
    assert robot.post(form, auth=False).status_code == 200

    refused(robot.post(form, auth=False), "invalid_client", 401)
    for path in ("/oauth/introspect", "/oauth/revoke"):
        response = robot.post({**form, "token": "x"}, auth=False, path=path)
        refused(response, "invalid_client", 401)


def test_threat_29_a_jti_means_one_client_alone(app: Flask) -> None:
    one, other = machine(app), machine(app)

    assert status(one, jti="same") == status(other, jti="same") == 200
    assert status(one, jti="same") == 401


def test_an_assertion_that_bought_nothing_can_be_used_again(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, key=ClientKey.make())
    answer, proof = member.sign_in(portal, browser), portal.assertion()

    wrong = {**proof, "grant_type": "authorization_code", "code": "wrong", "redirect_uri": "x"}
    refused(portal.post(wrong, auth=False), "invalid_grant")
    right = {**proof, "code": answer["code"], "code_verifier": "v" * 43}
    right |= {"grant_type": "authorization_code", "redirect_uri": portal.redirect_uri}

    assert portal.post(right, auth=False).status_code == 200
    refused(portal.post(right, auth=False), "invalid_client", 401)


def test_threat_20_of_one_assertion_used_at_once_one_wins(both_app: Flask) -> None:
    robot = machine(both_app)
    for _ in range(15):
        form = MACHINE | robot.assertion()

        def work(form: dict[str, str] = form) -> int:
            return robot.post(form, auth=False).status_code

        assert together(work) == [200, 401, 401, 401]


def test_kinds_and_issuers_of_what_is_spent_never_meet(both_core: Core) -> None:
    ends = both_core.clock.now()
    values = [("a", "b", "c"), ("a", "b,c", ""), ("a,b", "c", ""), ("a", "", "b,c"), ("", "a", "b")]
    with both_core.writing():
        first = [jti.spend(both_core, *value, ends) for value in values]
        again = [jti.spend(both_core, *value, ends) for value in values]

    assert first == [True] * 5
    assert again == [False] * 5
    assert jti.seen(both_core, "a", "b", "c")
    assert not jti.seen(both_core, "c", "b", "a")


def test_what_was_spent_is_forgotten_when_it_could_not_come_again(
    both_app: Flask, both_core: Core, clock: MovableClock
) -> None:
    assert status(machine(both_app)) == 200

    clock.advance(seconds=65)
    assert retention.once(both_core).counts["seen_jti"] == 0
    clock.advance(seconds=6)
    assert retention.once(both_core).counts["seen_jti"] == 1
    assert both_core.db.query(SeenJti).count() == 0


def test_it_costs_one_statement(both_app: Flask, both_core: Core) -> None:
    robot = machine(both_app, grant_types=("client_credentials", "authorization_code"),
                    redirect_uris=("https://portal.example/callback",))  # fmt: skip
    browser = Browser(both_app)
    member = make_member(both_core)
    robot.tokens(member.sign_in(robot, browser))
    answer = robot.answer(browser)

    with counting(both_app) as counted:
        assert robot.post(MACHINE).status_code == 200
    assert counted.figures == (2, 1)
    with counting(both_app) as counted:
        robot.tokens(answer)
    assert counted.figures <= (7, 1)
    assert counted.commits == 1


def test_a_disabled_client_gets_nothing_at_once(app: Flask, robot: Portal) -> None:
    assert status(robot) == 200
    disable_client(app, robot, forget=False)

    refused(robot.post(MACHINE), "unauthorized_client")


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


def test_threat_29_staff_may_allow_one_algorithm_alone(app: Flask) -> None:
    key = ClientKey.make("RS256")
    robot = machine(app, key, assertion_alg="PS256")

    assert status(robot) == 401
    robot.key = ClientKey("PS256", key.kid, key.key)
    assert status(robot) == 200


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
