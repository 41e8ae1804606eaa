"""Registering applications."""

import pytest
from flask import Flask

from idp.core import Core
from idp.errors import Refused
from idp.oauth import registry
from idp.oauth.registry import State, Wanted
from tests.conftest import MovableClock
from tests.oauth.test_token import refused
from tests.relying_party import CALLBACK, Portal


@pytest.mark.parametrize(
    "uri",
    ["http://portal.example/", "ftp://x.example/", "https://", "portal", "https://x.example/#f",
     "https://u@x.example/", "https://x.example/*", "javascript:alert(1)", "https://x.example:0/",
     "https://x.example/ a", "https://exämple.org/", "https://[::1", "https://x.example:99999/",
     "javascript://x.example/%0aalert(1)", "https://x.example\\@y.example/", ""],
)  # fmt: skip
def test_addresses_that_are_not_exact_https_are_refused(core: Core, uri: str) -> None:
    with pytest.raises(Refused) as refusal:
        registry.add(core, Wanted(name="Portal", redirect_uris=(uri,)))

    assert refusal.value.code == "client_uri"


@pytest.mark.parametrize(
    "uri", ["https://x.example/cb", "http://127.0.0.1:9/cb", "http://localhost/cb", "http://[::1]/"]
)
def test_https_and_loopback_are_accepted(core: Core, uri: str) -> None:
    client, secret = registry.add(core, Wanted(name="Portal", redirect_uris=(uri,)))

    assert client.redirect_uris == (uri,)
    assert secret
    assert len(secret) == 43


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": " "}, "client_name_missing"),
        ({"redirect_uris": ()}, "client_redirect_uri_missing"),
        ({"scopes": ("openid", "everything")}, "client_unknown_value"),
        ({"auth_method": "magic"}, "client_unknown_value"),
        ({"id_token_alg": "none"}, "client_unknown_value"),
        ({"grant_types": ("password",)}, "client_unknown_value"),
        ({"auth_method": "none", "require_pkce": False}, "client_public_needs_pkce"),
        (
            {"auth_method": "none", "grant_types": ("client_credentials",)},
            "client_public_has_no_credentials",
        ),
    ],
)
def test_contradictions_are_refused(core: Core, wanted: dict[str, object], code: str) -> None:
    values: dict[str, object] = {"name": "Portal", "redirect_uris": (CALLBACK,), **wanted}
    with pytest.raises(Refused) as refusal:
        registry.add(core, Wanted(**values))  # type: ignore[arg-type]

    assert refusal.value.code == code


def test_a_secret_is_stored_as_a_hash_alone(core: Core, portal: Portal) -> None:
    rows = core.db.connection().exec_driver_sql("SELECT * FROM client").all()

    assert portal.secret
    assert portal.secret not in str(rows)


def test_a_rotated_secret_counts_within_seconds(
    core: Core, portal: Portal, clock: MovableClock
) -> None:
    old = portal.secret
    portal.secret = registry.rotate_secret(core, portal.client.id)
    clock.advance(seconds=6)

    refused(portal.post({"grant_type": "client_credentials"}), "unauthorized_client")
    portal.secret = old
    refused(portal.post({"grant_type": "client_credentials"}), "invalid_client", 401)


def test_a_public_client_has_no_secret_to_rotate(core: Core, offline_portal: Portal) -> None:
    with pytest.raises(Refused) as refusal:
        registry.rotate_secret(core, offline_portal.client.id)

    assert refusal.value.code == "client_is_public"


def test_an_unknown_client_cannot_be_changed(core: Core) -> None:
    with pytest.raises(Refused) as refusal:
        registry.set_state(core, "unknown", State.DISABLED)

    assert refusal.value.code == "client_unknown"


def test_clients_are_listed_by_name(app: Flask, core: Core) -> None:
    for name in ("Beta", "Alpha"):
        Portal.register(app, name=name)

    assert [client.name for client in registry.everyone(core)] == ["Alpha", "Beta"]


def test_back_leads_to_registered_addresses_alone(app: Flask, portal: Portal) -> None:
    known = app.extensions["idp.oauth"].registry
    with app.app_context():
        assert known.name_behind(portal.client.id, CALLBACK) == "Portal"
        assert known.name_behind(portal.client.id, CALLBACK + "/") is None
        assert known.name_behind("unknown", CALLBACK) is None
