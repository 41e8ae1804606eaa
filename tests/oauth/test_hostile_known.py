"""Inputs that are known to have broken the libraries below."""

import base64
from typing import Any

import pytest
from flask import Flask

from tests.oauth.hostile import (
    ENDPOINTS,
    NAMES,
    part,
    real,
    shaped_as_authorization,
    shaped_as_endpoint,
    shaped_as_page,
)
from tests.oauth.wire import Wire
from tests.relying_party import Portal

ODD_SIGNS = (
    '"', "\\", "é", "\x00", "a\x00b", b"\xff", b"\xed\xa0\x80", "😀", "\r\n", "\x7f", "\ufffd",
)  # fmt: skip


def test_stack_2_signs_that_broke_the_libraries_below(target: Portal, wire: Wire) -> None:
    """Quotes, backslashes and umlauts once went into error descriptions, NUL into PostgreSQL."""
    for name in NAMES:
        good = [pair for pair in real(target) if pair[0] != name]
        for query in ([*good, (name, value)] for value in ODD_SIGNS):
            shaped_as_authorization(wire.get("/oauth/authorize", query), target.issuer)
            shaped_as_authorization(wire.post("/oauth/authorize", query), target.issuer)
            for path in ENDPOINTS:
                shaped_as_endpoint(wire.post(path, query))
            shaped_as_page(wire.get("/oauth/logout", query))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_stack_2_basic_headers_that_are_no_text(target: Portal, wire: Wire, path: str) -> None:
    for raw in (
        b"\xff:\xff",
        b"\xc3\xbc:x",
        b":",
        b"",
        b"a",
        b"\x00:\x00",
        b"%:%",
        b"a:%FF",
        b"%00:x",
    ):
        named = target.client.id.encode() + b":" + raw
        for pair in (raw, named):
            shown = f"Basic {base64.b64encode(pair).decode()}"
            body = [("token", "x"), ("grant_type", "refresh_token")]
            response = wire.post(path, body, Authorization=shown)
            shaped_as_endpoint(response)
            assert (response.json or {})["error"] == "invalid_client"


@pytest.mark.parametrize("path", ENDPOINTS)
def test_stack_2_a_secret_that_is_not_ascii(both_app: Flask, wire: Wire, path: str) -> None:
    target = Portal.register(both_app, auth_method="client_secret_post")

    for secret in ("ü", "😀", "\u202e", b"\xff"):
        body = [("client_id", target.client.id), ("client_secret", secret), ("token", "x")]
        shaped_as_endpoint(wire.post(path, [*body, ("grant_type", "refresh_token")]))


@pytest.mark.parametrize(
    "value", [["openid"], {"a": 1}, True, None, 1.5, 10**400, [[]]], ids=lambda v: str(v)[:9]
)
def test_stack_2_a_request_object_with_members_of_other_types(
    target: Portal, wire: Wire, value: Any
) -> None:
    for name in ("scope", "redirect_uri", "state", "client_id", "nonce", "max_age", "prompt"):
        claims = {**dict(real(target)), name: value}
        token = f"{part({'alg': 'none'})}.{part(claims)}."
        query = [*real(target)[:4], ("request", token)]

        response = wire.get("/oauth/authorize", query)

        shaped_as_authorization(response, target.issuer)
        assert not response.headers.get("Location", "").startswith("/oauth")


def test_stack_2_hosts_and_schemes_of_proxies_change_nothing(target: Portal, wire: Wire) -> None:
    told = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
            "Forwarded": "host=evil.example;proto=http"}  # fmt: skip

    response = wire.get("/oauth/authorize", real(target), **told)
    assert response.headers["Location"].startswith("/login?r=")

    for path in ENDPOINTS:
        shaped_as_endpoint(wire.post(path, [], **told))
