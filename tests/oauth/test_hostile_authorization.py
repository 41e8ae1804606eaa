"""The authorization endpoint with hostile input: our page, or an answer at a known address."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.oauth.hostile import (
    NAMES,
    Attack,
    Pairs,
    json_values,
    jwts,
    pairs,
    part,
    real,
    shaped_as_authorization,
    values,
)
from tests.oauth.hostile import objects as claim_sets
from tests.oauth.wire import Wire
from tests.relying_party import Portal


def test_the_authorization_endpoint_survives_anything(
    target: Portal, wire: Wire, attack: Attack
) -> None:
    @attack(chosen=pairs, valid=st.booleans())
    def case(chosen: Pairs, valid: bool) -> None:
        query = [*real(target), *chosen] if valid else chosen
        shaped_as_authorization(wire.get("/oauth/authorize", query), target.issuer)
        shaped_as_authorization(wire.post("/oauth/authorize", query), target.issuer)


def test_the_authorization_endpoint_survives_any_one_parameter(
    target: Portal, wire: Wire, attack: Attack
) -> None:
    """In an otherwise good request, so that what comes late is reached too."""

    @attack(name=st.sampled_from(NAMES), value=values)
    def case(name: str, value: Any) -> None:
        query = [*(pair for pair in real(target) if pair[0] != name), (name, value)]
        shaped_as_authorization(wire.get("/oauth/authorize", query), target.issuer)
        shaped_as_authorization(wire.post("/oauth/authorize", query), target.issuer)


def nested(inner: Any) -> Any:
    return {"userinfo": inner, "id_token": {"name": inner, "acr": {"values": inner}}}


def test_the_claims_parameter_survives_any_json(target: Portal, wire: Wire, attack: Attack) -> None:
    @attack(value=json_values | json_values.map(nested))
    def case(value: Any) -> None:
        query = [*real(target), ("claims", json.dumps(value))]
        shaped_as_authorization(wire.get("/oauth/authorize", query), target.issuer)


def test_request_objects_survive_any_json(target: Portal, wire: Wire, attack: Attack) -> None:
    """Unsigned ones get furthest: everything in them is read."""

    @attack(claims=claim_sets, signed=st.none() | jwts)
    def case(claims: dict[str, Any], signed: str | None) -> None:
        token = signed or f"{part({'alg': 'none'})}.{part({**dict(real(target)), **claims})}."
        query = [*real(target)[:4], ("request", token)]
        shaped_as_authorization(wire.get("/oauth/authorize", query), target.issuer)
