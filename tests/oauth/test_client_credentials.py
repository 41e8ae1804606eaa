"""Tokens for applications themselves (RFC 6749 §4.4)."""

import pytest
from flask import Flask

from tests.oauth.refusals import refused
from tests.oauth.states import disable_client
from tests.relying_party import Portal

SCOPES = ("openid", "profile", "offline_access")


@pytest.fixture
def machine(app: Flask) -> Portal:
    return Portal.register(
        app, scopes=("openid", "profile"), grant_types=("client_credentials",), redirect_uris=()
    )


def test_an_application_gets_a_token_in_its_own_name(machine: Portal) -> None:
    response = machine.post({"grant_type": "client_credentials", "scope": "openid profile"})

    body = response.json or {}
    claims = machine.verified(body["access_token"]).claims
    assert claims["sub"] == claims["client_id"] == machine.client.id
    assert body["scope"] == "profile"
    assert not {"refresh_token", "id_token"} & set(body)


def test_two_tokens_in_one_second_differ(machine: Portal) -> None:
    tokens = {machine.post({"grant_type": "client_credentials"}).json["access_token"] for _ in "ab"}  # type: ignore[index]

    assert len(tokens) == 2


def test_threat_39_its_token_opens_no_userinfo(machine: Portal) -> None:
    body = machine.post({"grant_type": "client_credentials"}).json or {}

    assert machine.userinfo(body["access_token"]).status_code == 403


def test_a_disabled_client_gets_none_at_once(app: Flask, machine: Portal) -> None:
    machine.post({"grant_type": "client_credentials"})
    disable_client(app, machine, forget=False)

    refused(machine.post({"grant_type": "client_credentials"}), "unauthorized_client")


def test_a_token_of_its_own_has_no_scope_of_people(app: Flask) -> None:
    machine = Portal.register(app, scopes=SCOPES, grant_types=("client_credentials",))

    body = machine.post(
        {"grant_type": "client_credentials", "scope": "openid profile offline_access"}
    ).json

    assert (body or {})["scope"] == "profile"
