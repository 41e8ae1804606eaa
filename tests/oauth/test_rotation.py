"""Rotating keys: two applications on one database, as two processes would be."""

import threading
from typing import Any

import pytest
from flask import Flask

from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.errors import Refused
from idp.oauth import rotation
from idp.oauth.keys import ALGORITHMS, Keys
from idp.oauth.models import SigningKey
from idp.worker import loop, retention
from tests.conftest import MovableClock
from tests.oauth.rotating import House, kid_of, refusal, rotated


def test_a_key_is_published_everywhere_before_it_signs_anything(
    house: House, other_house: House, both_core: Core, clock: MovableClock
) -> None:
    soon = {kid_of(both_core, "next", alg) for alg in ALGORITHMS}

    assert soon <= set(house.jwks())
    assert soon <= set(other_house.jwks())
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

    first, last = (clock.advance(seconds=s) for s in (rotation.AHEAD.total_seconds(), 1))
    assert f"{first:%Y-%m-%d %H:%M:%S} UTC" <= str(at) <= f"{last:%Y-%m-%d %H:%M:%S} UTC"
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
    house: House, other_house: House, both_core: Core, clock: MovableClock
) -> None:
    old, new = (
        {alg: kid_of(both_core, state, alg) for alg in ALGORITHMS} for state in ("active", "next")
    )
    for process in (house, other_house):
        assert {alg: process.signs_with(alg) for alg in ALGORITHMS} == old
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    other_house.jwks()

    rotation.rotate(both_core)

    # The other process has just looked, so that it goes on with what it knows, for as long.
    assert other_house.signs_with() == old["ES256"]
    clock.advance(seconds=31)
    for process in (house, other_house):
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
