"""Assertions of clients: what is accepted and what not (RFC 7523 §3, OIDC Core §9)."""

import base64
import logging
from typing import Any

import pytest
from flask import Flask

from tests.client_keys import ClientKey, asserted
from tests.conftest import MovableClock
from tests.oauth.machines import MACHINE, machine, status
from tests.oauth.refusals import refused
from tests.oauth.states import disable_client
from tests.relying_party import Portal

ALGS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")


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


def test_a_disabled_client_gets_nothing_at_once(app: Flask, robot: Portal) -> None:
    assert status(robot) == 200
    disable_client(app, robot, forget=False)

    refused(robot.post(MACHINE), "unauthorized_client")


def test_threat_29_staff_may_allow_one_algorithm_alone(app: Flask) -> None:
    key = ClientKey.make("RS256")
    robot = machine(app, key, assertion_alg="PS256")

    assert status(robot) == 401
    robot.key = ClientKey("PS256", key.kid, key.key)
    assert status(robot) == 200
