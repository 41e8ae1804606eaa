"""Rotating keys: two applications on one database, as two processes would be."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.errors import Refused
from idp.oauth import rotation
from idp.oauth.keys import ALGORITHMS, Keys
from idp.oauth.models import SigningKey
from idp.oauth.tokens import ACCESS, ID_TOKEN, Tokens
from idp.web.house import NAME
from idp.worker import loop, retention
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose
from tests.oauth.conftest import make_member
from tests.relying_party import Portal


@dataclass
class House:
    """One process."""

    app: Flask

    @property
    def core(self) -> Core:
        found: Core = self.app.extensions[NAME].core
        return found

    @property
    def tokens(self) -> Tokens:
        found: Tokens = self.app.extensions["idp.oauth"].tokens
        return found

    def jwks(self) -> dict[str, dict[str, str]]:
        """Return what it publishes, by kid."""
        response = self.app.test_client().get("/oauth/jwks", base_url=self.core.settings.issuer)
        return {key["kid"]: key for key in (response.json or {})["keys"]}

    def signs_with(self, alg: str = "ES256") -> str:
        with self.app.app_context():
            return self.tokens.keys.signer(alg).kid


@pytest.fixture
def house(both_app: Flask, both_core: Core) -> House:
    rotation.prepare(both_core)
    return House(both_app)


@pytest.fixture
def other(house: House, clock: MovableClock) -> Iterator[House]:
    """A second process on the same database and key files."""
    app = built(house.core.settings, clock)
    yield House(app)
    dispose(app)


def kid_of(core: Core, state: str, alg: str = "ES256") -> str:
    [kid] = [key.kid for key in rotation.stored(core) if (key.alg, key.state) == (alg, state)]
    return kid


def refusal(work: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def test_a_key_is_published_everywhere_before_it_signs_anything(
    house: House, other: House, both_core: Core, clock: MovableClock
) -> None:
    soon = {kid_of(both_core, "next", alg) for alg in ALGORITHMS}

    assert soon <= set(house.jwks())
    assert soon <= set(other.jwks())
    assert not soon & {house.signs_with(alg) for alg in ALGORITHMS}

    refused = refusal(lambda: rotation.rotate(both_core))
    assert refused.code == "keys_too_young"
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    assert {done.active for done in rotation.rotate(both_core)} == soon


def test_the_relying_parties_memory_is_shorter_than_the_wait(house: House) -> None:
    response = house.app.test_client().get("/oauth/jwks", base_url=house.core.settings.issuer)
    age = int(response.headers["Cache-Control"].rpartition("max-age=")[2])

    assert age == rotation.MAX_AGE.total_seconds()
    assert rotation.AHEAD > rotation.MAX_AGE + rotation.CACHE


def test_the_refusal_says_when_it_will_be_possible(
    both_core: Core, house: House, clock: MovableClock
) -> None:
    clock.freeze()
    [at] = refusal(lambda: rotation.rotate(both_core)).facts.values()

    clock.advance(seconds=rotation.AHEAD.total_seconds())
    assert str(at) <= f"{clock.advance(seconds=1):%Y-%m-%d %H:%M:%S} UTC"
    assert len(rotation.rotate(both_core)) == len(ALGORITHMS)


def test_an_older_database_gets_next_keys_when_rotation_is_first_asked_for(
    both_app: Flask, both_core: Core, clock: MovableClock
) -> None:
    Keys(both_core).snapshot()

    assert refusal(lambda: rotation.rotate(both_core)).code == "keys_too_young"
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    assert rotation.rotate(both_core)


def test_the_worker_makes_all_keys_before_anybody_waits_for_them(
    app: Flask, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    monkeypatch.setattr(retention, "once", lambda *_: stop.set())

    loop.run(app, stop)

    keys = rotation.everyone(core)
    assert sorted((key.alg, key.state) for key in keys) == sorted(
        (alg, state) for alg in ALGORITHMS for state in ("active", "next")
    )


def test_half_a_minute_later_every_process_signs_with_the_new_key(
    house: House, other: House, both_core: Core, clock: MovableClock
) -> None:
    old, new = (
        {alg: kid_of(both_core, state, alg) for alg in ALGORITHMS} for state in ("active", "next")
    )
    for process in (house, other):
        assert {alg: process.signs_with(alg) for alg in ALGORITHMS} == old
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    other.jwks()

    rotation.rotate(both_core)

    # The other process has just looked, so that it goes on with what it knows, for as long.
    assert other.signs_with() == old["ES256"]
    clock.advance(seconds=31)
    for process in (house, other):
        assert {alg: process.signs_with(alg) for alg in ALGORITHMS} == new
        assert {*old.values(), *new.values()} < set(process.jwks())
        assert len(process.jwks()) == 3 * len(ALGORITHMS)


def test_one_algorithm_may_be_rotated_alone(
    house: House, both_core: Core, clock: MovableClock
) -> None:
    clock.advance(seconds=rotation.AHEAD.total_seconds())

    [done] = rotation.rotate(both_core, ("PS256",))

    assert done.alg == "PS256"
    states = {(k.alg, k.state) for k in rotation.everyone(both_core) if k.state == "retired"}
    assert states == {("PS256", "retired")}


@pytest.fixture
def sample(house: House, both_core: Core) -> dict[str, Any]:
    """Tokens of a person who has signed in, and the portal that got them."""
    portal = Portal.register(house.app)
    answer = make_member(both_core).sign_in(portal, Browser(house.app))
    return {"portal": portal, **portal.tokens(answer)}


def rotated(core: Core, clock: MovableClock) -> str:
    """Wait and rotate, and wait until everybody has noticed; returns the retired kid."""
    old = kid_of(core, "active")
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    rotation.rotate(core)
    clock.advance(seconds=31)
    return old


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
    house: House, other: House, both_core: Core, clock: MovableClock
) -> None:
    old = rotated(both_core, clock)
    left = (rotation.longest(both_core.settings) - rotation.CACHE).total_seconds()

    clock.advance(seconds=left - 5)
    assert old in house.jwks()
    assert old in other.jwks()
    clock.advance(seconds=31)
    assert old not in house.jwks()
    assert old not in other.jwks()


def test_longer_lived_access_tokens_keep_a_retired_key_published_longer(both_core: Core) -> None:
    settings = both_core.settings
    longer = settings.model_copy(
        update={"tokens": settings.tokens.model_copy(update={"access": 3 * rotation.ID_TOKEN_LIFE})}
    )

    assert rotation.longest(settings) == rotation.CACHE + rotation.ID_TOKEN_LIFE
    assert rotation.longest(longer) == rotation.CACHE + 3 * rotation.ID_TOKEN_LIFE


def test_an_id_token_of_a_retired_key_is_a_good_hint_long_after(
    house: House, other: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    rotated(both_core, clock)
    clock.advance(days=90)

    for process in (house, other):
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
    house: House, other: House, both_core: Core, sample: dict[str, Any], clock: MovableClock
) -> None:
    """Who has the key signs tokens that never expire: only forgetting the key helps."""
    old = kid_of(both_core, "active")

    rotation.rotate(both_core, ("ES256",), at_once=True)
    clock.advance(seconds=31)

    for process in (house, other):
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


def test_rotation_is_recorded(house: House, both_core: Core, clock: MovableClock) -> None:
    old = rotated(both_core, clock)

    events = both_core.db.query(AuditEvent).filter_by(kind="key.rotated").all()

    assert len(events) == len(ALGORITHMS)
    [facts] = [event.facts for event in events if event.facts["alg"] == "ES256"]
    assert facts["retired"] == old
    assert facts["withdrawn"] is False


@pytest.mark.parametrize("at_once", [False, True], ids=["waiting", "at_once"])
def test_of_two_rotations_at_once_one_happens(
    house: House,
    both_core: Core,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,
) -> None:
    """Both have looked, and found all in order, before either of them changes anything."""
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    gate, ends, draw = threading.Barrier(2, timeout=30), [], rotation.draw

    def drawn(*given: Any) -> SigningKey:
        gate.wait()
        return draw(*given)

    def run() -> None:
        with house.app.app_context():
            try:
                ends.append(rotation.rotate(both_core, ("Ed25519", "ES256"), at_once=at_once))
            except Refused as refused:
                ends.append(refused.code)

    monkeypatch.setattr(rotation, "draw", drawn)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(end).__name__ for end in ends) == ["list", "str"]
    assert "keys_rotated_meanwhile" in ends
    states = [key.state for key in rotation.everyone(both_core) if key.alg == "ES256"]
    assert sorted(states) == ["active", "next", "retired"]


def test_a_second_rotation_right_after_the_first_has_to_wait(
    house: House, both_core: Core, clock: MovableClock
) -> None:
    rotated(both_core, clock)

    assert refusal(lambda: rotation.rotate(both_core)).code == "keys_too_young"


def test_an_active_key_is_listed_since_the_one_before_it_ended(
    house: House, both_core: Core, clock: MovableClock
) -> None:
    began = {key.state: key for key in rotation.everyone(both_core) if key.alg == "ES256"}
    rotated(both_core, clock)

    keys = {key.state: key for key in rotation.everyone(both_core) if key.alg == "ES256"}

    assert keys["active"].kid == began["next"].kid
    assert keys["active"].since == keys["retired"].since > began["next"].since
    assert {key.published for key in keys.values()} == {True}
