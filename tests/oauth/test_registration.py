"""Registering applications."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.errors import Refused
from idp.oauth import registration, resources
from idp.oauth.registration import Wanted
from idp.oauth.registry import Registered, Registry, State
from tests.conftest import MovableClock
from tests.oauth.refusals import refused
from tests.relying_party import CALLBACK, Portal

PRIVATE = ECKey.generate_key("P-256")
KEYS = {"keys": [PRIVATE.as_dict(private=False)]}


@pytest.mark.parametrize(
    "uri",
    ["http://portal.example/", "ftp://x.example/", "https://", "portal", "https://x.example/#f",
     "https://u@x.example/", "https://x.example/*", "javascript:alert(1)", "https://x.example:0/",
     "https://x.example/ a", "https://exämple.org/", "https://[::1", "https://x.example:99999/",
     "javascript://x.example/%0aalert(1)", "https://x.example\\@y.example/", ""],
)  # fmt: skip
def test_addresses_that_are_not_exact_https_are_refused(core: Core, uri: str) -> None:
    with pytest.raises(Refused) as refusal:
        registration.add(core, Wanted(name="Portal", redirect_uris=(uri,)))

    assert refusal.value.code == "client_uri"


@pytest.mark.parametrize(
    "uri", ["https://x.example/cb", "http://127.0.0.1:9/cb", "http://localhost/cb", "http://[::1]/"]
)
def test_https_and_loopback_are_accepted(core: Core, uri: str) -> None:
    client, secret = registration.add(core, Wanted(name="Portal", redirect_uris=(uri,)))

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
        ({"home_uri": "http://portal.example/"}, "client_uri"),
        ({"backchannel_logout_uri": "http://portal.example/bye"}, "client_uri"),
        ({"backchannel_logout_uri": "https://portal.example/bye#now"}, "client_uri"),
        ({"jwks_uri": "file:///etc/passwd"}, "client_uri"),
        ({"jwks_uri": "http://127.0.0.1:9/jwks"}, "client_uri"),
        ({"default_max_age": -1}, "client_max_age"),
        ({"default_max_age": 400_000_000}, "client_max_age"),
        ({"assertion_alg": "HS256"}, "client_unknown_value"),
        ({"assertion_alg": "none"}, "client_unknown_value"),
        ({"request_object_alg": "HS256"}, "client_unknown_value"),
        ({"request_object_alg": "ES256"}, "client_keys_missing"),
        ({"auth_method": "private_key_jwt"}, "client_keys_missing"),
        ({"jwks": KEYS, "jwks_uri": "https://portal.example/jwks"}, "client_keys_twice"),
        ({"jwks": {"keys": []}}, "client_keys_bad"),
        ({"jwks": {"keys": [PRIVATE.as_dict(private=True)]}}, "client_keys_bad"),
        ({"resources": ("https://api.example/",)}, "resource_unknown"),
    ],
)
def test_contradictions_are_refused(core: Core, wanted: dict[str, object], code: str) -> None:
    values: dict[str, object] = {"name": "Portal", "redirect_uris": (CALLBACK,), **wanted}
    with pytest.raises(Refused) as refusal:
        registration.add(core, Wanted(**values))  # type: ignore[arg-type]

    assert refusal.value.code == code


def test_a_secret_is_stored_as_a_hash_alone(core: Core, portal: Portal) -> None:
    rows = core.db.connection().exec_driver_sql("SELECT * FROM client").all()

    assert portal.secret
    assert portal.secret not in str(rows)


def test_a_rotated_secret_counts_within_seconds(
    core: Core, portal: Portal, clock: MovableClock
) -> None:
    old = portal.secret
    portal.secret = registration.rotate_secret(core, portal.client.id)
    clock.advance(seconds=6)

    refused(portal.post({"grant_type": "client_credentials"}), "unauthorized_client")
    portal.secret = old
    refused(portal.post({"grant_type": "client_credentials"}), "invalid_client", 401)


def test_a_public_client_has_no_secret_to_rotate(core: Core, offline_portal: Portal) -> None:
    with pytest.raises(Refused) as refusal:
        registration.rotate_secret(core, offline_portal.client.id)

    assert refusal.value.code == "client_has_no_secret"


def test_an_unknown_client_cannot_be_changed(core: Core) -> None:
    with pytest.raises(Refused) as refusal:
        registration.set_state(core, "unknown", State.DISABLED)

    assert refusal.value.code == "client_missing"


def test_clients_are_listed_by_name(app: Flask, core: Core) -> None:
    for name in ("Beta", "Alpha"):
        Portal.register(app, name=name)

    assert [client.name for client in registration.everyone(core)] == ["Alpha", "Beta"]


def test_back_leads_to_registered_addresses_alone(app: Flask, portal: Portal) -> None:
    known = app.extensions["idp.oauth"].registry
    with app.app_context():
        assert known.name_behind(portal.client.id, CALLBACK) == "Portal"
        assert known.name_behind(portal.client.id, CALLBACK + "/") is None
        assert known.name_behind("unknown", CALLBACK) is None


def add(core: Core, **wanted: Any) -> tuple[Registered, str | None]:
    return registration.add(
        core, Wanted(**{"name": "Portal", "redirect_uris": (CALLBACK,), **wanted})
    )


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ({"first_party": True, "scopes": ("openid", "offline_access")}, True),
        ({"first_party": True}, False),
        ({"scopes": ("openid", "offline_access")}, False),
        ({"scopes": ("openid", "offline_access"), "offline_allowed": True}, True),
        (
            {"first_party": True, "scopes": ("openid", "offline_access"), "offline_allowed": False},
            False,
        ),
    ],
)
def test_offline_access_without_a_question_is_for_the_chambers_own_applications(
    core: Core, wanted: dict[str, Any], allowed: bool
) -> None:
    client, _ = add(core, **wanted)

    assert client.offline_allowed is allowed


def test_a_client_that_signs_has_keys_and_no_secret(core: Core) -> None:
    for keys in ({"jwks": KEYS}, {"jwks_uri": "https://portal.example/jwks"}):
        client, secret = add(
            core, auth_method="private_key_jwt", request_object_alg="ES256", **keys
        )

        assert secret is None
        assert client.secret_hash is None
        assert (client.jwks, client.jwks_uri) == (keys.get("jwks"), keys.get("jwks_uri"))


def test_unsigned_request_objects_need_no_keys(core: Core) -> None:
    client, _ = add(core, request_object_alg="none")

    assert client.request_object_alg == "none"


def test_a_confidential_client_may_be_without_pkce(core: Core) -> None:
    client, _ = add(core, require_pkce=False)

    assert client.require_pkce is False


def test_registered_apis_alone_are_put_on_the_list(core: Core) -> None:
    resources.add(core, "https://api.example/", "Kurse")
    client, _ = add(core, resources=("https://api.example/",), default_max_age=0)

    assert client.resources == ("https://api.example/",)
    with pytest.raises(Refused) as refusal:
        registration.change(core, client.id, resources=("https://api.example",))
    assert refusal.value.facts == {"uri": "https://api.example"}


def test_what_is_changed_changes_and_the_rest_stays(both_core: Core) -> None:
    before, _ = add(
        both_core, purpose="Kurse buchen", backchannel_logout_uri="https://portal.example/bye"
    )

    after, secret = registration.change(
        both_core, before.id, redirect_uris=("https://neu.example/",), id_token_alg="PS256"
    )

    assert secret is None
    assert after == replace(before, redirect_uris=("https://neu.example/",), id_token_alg="PS256")
    assert Registry(both_core).find(before.id) == after
    [event] = both_core.db.query(AuditEvent).filter_by(kind="client.changed").all()
    assert event.facts["fields"] == ["id_token_alg", "redirect_uris"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"redirect_uris": ()}, "client_redirect_uri_missing"),
        ({"name": ""}, "client_name_missing"),
        ({"auth_method": "none", "require_pkce": False}, "client_public_needs_pkce"),
        ({"auth_method": "private_key_jwt"}, "client_keys_missing"),
    ],
)
def test_a_change_is_checked_like_a_new_client(
    core: Core, portal: Portal, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        registration.change(core, portal.client.id, **values)

    assert refusal.value.code == code
    assert Registry(core).find(portal.client.id) == portal.client


def test_a_new_key_set_replaces_the_address_of_the_old_one(core: Core) -> None:
    client, _ = add(core, auth_method="private_key_jwt", jwks_uri="https://portal.example/jwks")

    client, _ = registration.change(core, client.id, jwks=KEYS)
    assert (client.jwks, client.jwks_uri) == (KEYS, None)
    client, _ = registration.change(core, client.id, jwks_uri="https://portal.example/keys")
    assert (client.jwks, client.jwks_uri) == (None, "https://portal.example/keys")


def test_a_secret_comes_and_goes_with_the_method(core: Core) -> None:
    client, _ = add(core)

    client, secret = registration.change(core, client.id, auth_method="client_secret_post")
    assert secret is None
    assert client.secret_hash
    client, secret = registration.change(core, client.id, auth_method="none")
    assert (secret, client.secret_hash) == (None, None)
    client, secret = registration.change(core, client.id, auth_method="client_secret_basic")
    assert secret
    assert client.check_client_secret(secret)


def test_whether_offline_access_needs_a_question_is_decided_anew_with_the_party(core: Core) -> None:
    client, _ = add(core, first_party=True, scopes=("openid", "offline_access"))

    def changed(**values: Any) -> bool:
        return registration.change(core, client.id, **values)[0].offline_allowed

    assert client.offline_allowed
    assert not changed(offline_allowed=False)
    assert not changed(name="Anders")
    assert not changed(first_party=False)
    assert changed(first_party=True)
    assert not changed(scopes=("openid",))
    assert changed(offline_allowed=True)
    assert not changed(offline_allowed=None)


def test_what_staff_say_of_offline_access_beside_another_change_counts(
    app: Flask, core: Core
) -> None:
    portal = Portal.register(app, scopes=("openid",))

    changed, _ = registration.change(
        core, portal.client.id, scopes=("openid", "offline_access"), offline_allowed=False
    )

    assert not changed.offline_allowed
