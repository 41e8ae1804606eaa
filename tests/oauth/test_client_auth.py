"""Who asks: one way of proving it, and only the client's own (RFC 6749 §2.3, OIDC Core §9)."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.core import Core
from idp.oauth import registration
from idp.oauth.models import Client
from idp.oauth.registry import METHODS
from tests.client_keys import TYPE, ClientKey, asserted
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.refusals import refused
from tests.relying_party import Portal

ENDPOINTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")
# Without a token of its own a request that is authenticated misses something.
NOTHING = {"grant_type": "refresh_token"}


def registered(app: Flask, method: str) -> Portal:
    key = ClientKey.make() if method == "private_key_jwt" else None
    return Portal.register(app, key=key, auth_method=method)


def shown(portal: Portal, key: ClientKey, method: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return form and headers of a client that proves itself in some way, right or wrong."""
    secret = portal.secret or "a-secret"
    if method == "client_secret_basic":
        pair = base64.b64encode(f"{portal.client.id}:{secret}".encode()).decode()
        return {}, {"Authorization": f"Basic {pair}"}
    if method == "private_key_jwt":
        now = portal.app.extensions["idp"].core.clock.timestamp()
        return asserted(key.assertion(portal.client.id, portal.issuer, now)), {}
    form = {"client_id": portal.client.id}
    return form | ({"client_secret": secret} if method == "client_secret_post" else {}), {}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("own", METHODS)
def test_only_the_registered_method_opens_anything(app: Flask, own: str, path: str) -> None:
    portal = registered(app, own)
    key = portal.key or ClientKey.make()

    for method in METHODS:
        form, headers = shown(portal, key, method)
        response = portal.post(NOTHING | form, auth=False, headers=headers, path=path)
        if method == own and (path, own) != ("/oauth/introspect", "none"):
            refused(response, "invalid_request")
        else:
            refused(response, "invalid_client", 401)
            assert response.headers["WWW-Authenticate"] == 'Basic realm="idp"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("client_secret_basic", "client_secret_post"),
        ("client_secret_basic", "private_key_jwt"),
        ("client_secret_post", "private_key_jwt"),
    ],
)
def test_two_methods_at_once_are_refused_even_if_both_are_right(
    app: Flask, one: str, other: str
) -> None:
    portal, key = registered(app, one), ClientKey.make()
    first, headers = shown(portal, key, one)
    second, more = shown(portal, key, other)

    response = portal.post(NOTHING | first | second, auth=False, headers=headers | more)

    refused(response, "invalid_request")


@pytest.mark.parametrize("alone", ["client_assertion", "client_assertion_type"])
def test_half_an_assertion_is_a_second_method_too(app: Flask, alone: str) -> None:
    portal = registered(app, "client_secret_basic")
    half = {alone: asserted("x.y.z")[alone]}

    refused(portal.post(NOTHING | half), "invalid_request")


@pytest.mark.parametrize("method", ["client_secret_basic", "private_key_jwt"])
def test_a_client_id_beside_must_be_the_same(app: Flask, method: str) -> None:
    portal = registered(app, method)

    refused(portal.post(NOTHING | {"client_id": portal.client.id}), "invalid_request")
    refused(portal.post(NOTHING | {"client_id": "another"}), "invalid_request")
    assert "match" in portal.post(NOTHING | {"client_id": "another"}).text
    assert "match" not in portal.post(NOTHING | {"client_id": portal.client.id}).text


@pytest.mark.parametrize("method", ["client_secret_post", "private_key_jwt", "none"])
@pytest.mark.parametrize("path", ENDPOINTS)
def test_nothing_in_the_address_proves_anything(app: Flask, method: str, path: str) -> None:
    portal = registered(app, method)
    form, _ = shown(portal, portal.key or ClientKey.make(), method)

    response = portal.post(NOTHING, auth=False, path=f"{path}?{urlencode(form)}")

    refused(response, "invalid_client", 401)


def test_new_keys_count_at_once_and_old_ones_no_longer(app: Flask, core: Core) -> None:
    portal = registered(app, "private_key_jwt")
    old, new = portal.key, ClientKey.make(kid="two")
    refused(portal.post(NOTHING), "invalid_request")
    with core.writing():
        row = core.db.get(Client, portal.client.id)
        assert row
        row.jwks = new.jwks()

    portal.key = new
    refused(portal.post(NOTHING), "invalid_request")
    portal.key = old
    refused(portal.post(NOTHING), "invalid_client", 401)


def test_a_client_that_was_disabled_is_unknown(app: Flask, core: Core, clock: MovableClock) -> None:
    portal = registered(app, "private_key_jwt")
    registration.set_state(core, portal.client.id, registration.State.DISABLED)
    clock.advance(seconds=6)

    refused(portal.post(NOTHING), "invalid_client", 401)


def test_failures_at_every_endpoint_fill_one_counter_of_their_address(
    tmp_path: Any, clock: MovableClock
) -> None:
    app = built(settings_for(tmp_path, limits={"per_ip": "on", "requests": "5/minute"}), clock)
    portal = registered(app, "none")
    wrong = NOTHING | {"client_id": "nobody", "token": "x"}

    statuses = [
        portal.post(wrong, auth=False, path=path).status_code for path in (*ENDPOINTS, *ENDPOINTS)
    ]

    assert statuses == [401] * 5 + [429]
    refused(portal.post({}, path="/oauth/revoke"), "invalid_request")
    dispose(app)


NAMES = ("token", "token_type_hint", "client_id", "client_secret", "client_assertion",
         "client_assertion_type", "grant_type", "resource")  # fmt: skip
NASTY = (
    "", "\x00", "é", "\ud7ff", "a.b.c", "...", "eyJhbGciOiJub25lIn0.e30.", "x" * 3000, "[]", TYPE,
    "eyJhbGciOiJFUzI1NiJ9.W10.x", "W10.e30.", "%00", "null", "9" * 400, "refresh_token", "e30.e30.",
)  # fmt: skip
values = st.sampled_from(NASTY) | st.text(max_size=40) | st.binary(max_size=20)


@given(
    chosen=st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=6),
    path=st.sampled_from(ENDPOINTS),
    proven=st.booleans(),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_endpoint_that_clients_call_survives_anything(
    app: Flask, portal: Portal, chosen: list[tuple[str, Any]], path: str, proven: bool
) -> None:
    _, headers = shown(portal, ClientKey.make(), "client_secret_basic") if proven else ({}, {})
    response = app.test_client().post(
        path,
        data=urlencode(
            [
                (n, v.encode("utf-8", "surrogatepass") if isinstance(v, str) else v)
                for n, v in chosen
            ]
        ),
        content_type="application/x-www-form-urlencoded",
        headers=headers,
        base_url=portal.issuer,
    )

    assert response.status_code in (200, 400, 401)
    body = response.json if response.data else {}
    assert body in ({}, {"active": False}) or set(body or {}) == {"error", "error_description"}
