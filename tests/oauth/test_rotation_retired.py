"""Retired keys: what they signed stays good for a while, and they sign nothing more."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.core import Core
from idp.oauth import rotation
from idp.oauth.keys import ALGORITHMS
from idp.oauth.models import SigningKey
from idp.oauth.tokens import ACCESS, ID_TOKEN
from idp.worker import retention
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.oauth.conftest import make_member
from tests.oauth.rotating import House, kid_of, rotated
from tests.relying_party import Portal


@pytest.fixture
def sample(house: House, both_core: Core) -> dict[str, Any]:
    """Tokens of a person who has signed in, and the portal that got them."""
    portal = Portal.register(house.app)
    answer = make_member(both_core).sign_in(portal, Browser(house.app))
    return {"portal": portal, **portal.tokens(answer)}


def test_tokens_signed_before_are_good_until_they_expire(
    house: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    old = rotated(both_core, clock)

    assert sample["portal"].verified(sample["id_token"]).header["kid"] == old
    response = sample["portal"].userinfo(sample["access_token"])
    assert response.status_code == 200
    clock.advance(minutes=4)
    assert sample["portal"].userinfo(sample["access_token"]).status_code == 401


def test_a_retired_key_leaves_the_published_set_when_its_last_token_is_over(
    house: House, other_house: House, both_core: Core, clock: MovableClock
) -> None:
    old = rotated(both_core, clock)
    left = (rotation.longest(both_core.settings) - rotation.CACHE).total_seconds()

    clock.advance(seconds=left - 5)
    assert old in house.jwks()
    assert old in other_house.jwks()
    clock.advance(seconds=31)
    assert old not in house.jwks()
    assert old not in other_house.jwks()


def test_longer_lived_access_tokens_keep_a_retired_key_published_longer(both_core: Core) -> None:
    settings = both_core.settings
    longer = settings.model_copy(
        update={"tokens": settings.tokens.model_copy(update={"access": 3 * rotation.ID_TOKEN_LIFE})}
    )

    assert rotation.longest(settings) == rotation.CACHE + rotation.ID_TOKEN_LIFE
    assert rotation.longest(longer) == rotation.CACHE + 3 * rotation.ID_TOKEN_LIFE


def test_an_id_token_of_a_retired_key_is_a_good_hint_long_after(
    house: House, other_house: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    rotated(both_core, clock)
    clock.advance(days=90)

    for process in (house, other_house):
        with process.app.app_context():
            claims = process.tokens.verified(sample["id_token"], ID_TOKEN, expired=True)
            assert claims
            assert claims["aud"] == sample["portal"].client.id
            assert process.tokens.verified(sample["id_token"], ID_TOKEN) is None


def test_a_retired_key_can_sign_nothing_any_more(
    house: House, both_core: Core, clock: MovableClock
) -> None:
    old = rotated(both_core, clock)

    [row] = [key for key in rotation.stored(both_core) if key.kid == old]
    stored = both_core.vault.open(f"signing_key:{old}", row.material)

    assert b'"d"' not in stored
    assert b'"x"' in stored


def test_a_token_with_the_name_of_a_retired_key_and_another_algorithm_is_refused(
    house: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    old = rotated(both_core, clock)
    claims = sample["portal"].verified(sample["access_token"]).claims
    public = house.jwks()[old]
    keys: dict[str, Any] = {
        "RS256": RSAKey.generate_key(3072),
        "PS256": RSAKey.generate_key(3072),
        "ES256": ECKey.generate_key("P-256"),
        "HS256": OctKey.import_key(public["x"]),
    }

    for alg, key in keys.items():
        forged = jwt.encode({"alg": alg, "kid": old, "typ": ACCESS}, claims, key, [alg])
        assert sample["portal"].userinfo(forged).status_code == 401, alg
    assert sample["portal"].userinfo(sample["access_token"]).status_code == 200


def test_what_a_key_in_foreign_hands_signed_is_believed_by_nobody(
    house: House, other_house: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    """Who has the key signs tokens that never expire: only forgetting the key helps."""
    old = kid_of(both_core, "active")

    rotation.rotate(both_core, ("ES256",), at_once=True)
    clock.advance(seconds=31)

    for process in (house, other_house):
        assert old not in process.jwks()
        with process.app.app_context():
            for token, kind in ((sample["access_token"], ACCESS), (sample["id_token"], ID_TOKEN)):
                assert process.tokens.verified(token, kind, expired=True) is None
    assert sample["portal"].userinfo(sample["access_token"]).status_code == 401
    [key] = [key for key in rotation.everyone(both_core) if key.kid == old]
    assert (key.state, key.published, key.trusted) == ("retired", False, False)


def test_retired_keys_are_forgotten_when_no_grant_can_remember_them(
    house: House, both_core: Core, clock: MovableClock
) -> None:
    old = rotated(both_core, clock)
    kept = rotation.kept(both_core.settings)

    clock.advance(seconds=kept.total_seconds() - 60)
    retention.once(both_core)
    assert both_core.db.query(SigningKey).filter_by(kid=old).count() == 1
    clock.advance(seconds=60)
    report = retention.once(both_core)

    assert report.counts["keys"] == len(ALGORITHMS)
    states = [key.state for key in rotation.everyone(both_core)]
    assert sorted(set(states)) == ["active", "next"]


def test_a_hint_outlives_the_sweeps_of_half_a_year(
    house: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    rotated(both_core, clock)
    clock.advance(days=179)
    retention.once(both_core)

    with house.app.app_context():
        assert house.tokens.verified(sample["id_token"], ID_TOKEN, expired=True)
