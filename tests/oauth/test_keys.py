"""Signing keys: one an algorithm, made once, cached, published without their private parts."""

import threading
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from idp.core import Core
from idp.oauth import rotation
from idp.oauth.key_pair import KeyState
from idp.oauth.keys import ALGORITHMS, Keys
from idp.oauth.models import SigningKey
from idp.seal import SealBroken
from tests.conftest import MovableClock


def published(app: Flask) -> list[dict[str, Any]]:
    response = app.test_client().get("/oauth/jwks", base_url="http://127.0.0.1:8000")
    found: list[dict[str, Any]] = (response.json or {})["keys"]
    return found


def test_each_algorithm_has_a_key_of_its_own_kind(app: Flask) -> None:
    keys = {key["alg"]: key for key in published(app)}

    assert {alg: (key["kty"], key.get("crv")) for alg, key in keys.items()} == {
        "RS256": ("RSA", None),
        "PS256": ("RSA", None),
        "ES256": ("EC", "P-256"),
        "Ed25519": ("OKP", "Ed25519"),
    }
    # base64url of 3072 bits
    assert {len(keys[alg]["n"]) for alg in ("RS256", "PS256")} == {512}


def test_what_is_published_can_verify_and_nothing_else(core: Core, app: Flask) -> None:
    rotation.prepare(core)

    for key in published(app):
        assert key["use"] == "sig"
        assert set(key) <= {"kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_exactly_one_published_key_fits_a_signed_token(core: Core, app: Flask, alg: str) -> None:
    signer = Keys(core).signer(alg)
    token = jwt.encode({"alg": alg, "kid": signer.kid}, {"sub": "x"}, signer.key, [alg])

    keys = published(app)
    assert [key["alg"] for key in keys if key["kid"] == signer.kid] == [alg]
    assert jwt.decode(token, KeySet.import_key_set({"keys": keys}), [alg]).claims == {"sub": "x"}


def test_a_private_key_does_not_show_itself(core: Core) -> None:
    signer = Keys(core).signer("ES256")

    assert signer.jwk["d"] not in repr(signer)


def test_processes_that_start_at_once_agree_on_one_key_each(
    both_app: Flask, both_core: Core
) -> None:
    gate, kids = threading.Barrier(4), []

    def start() -> None:
        with both_app.app_context():
            keys = Keys(both_core)
            gate.wait()
            kids.append({alg: signer.kid for alg, signer in keys.snapshot().signers.items()})

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kids) == 4
    assert all(found == kids[0] for found in kids)
    assert set(kids[0]) == set(ALGORITHMS)


def test_a_key_that_is_lost_to_a_faster_process_leaves_the_transaction_around_it_alive(
    both_core: Core,
) -> None:
    Keys(both_core).snapshot()

    with both_core.writing():
        rotation.make(both_core, [("ES256", KeyState.ACTIVE), ("ES256", KeyState.NEXT)])

    states = [key.state for key in rotation.everyone(both_core) if key.alg == "ES256"]
    assert states == ["active", "next"]


def test_an_older_database_gets_the_algorithms_it_lacks(both_core: Core) -> None:
    old = Keys(both_core).signer("ES256").kid
    with both_core.writing():
        both_core.db.query(SigningKey).filter(SigningKey.alg.in_(("PS256", "Ed25519"))).delete()

    fresh = Keys(both_core).snapshot()

    assert set(fresh.signers) == set(ALGORITHMS)
    assert fresh.signers["ES256"].kid == old


def test_a_key_is_read_again_after_half_a_minute(core: Core, clock: MovableClock) -> None:
    keys = Keys(core)
    first = keys.snapshot()

    clock.advance(seconds=29)
    assert keys.snapshot() is first
    clock.advance(seconds=2)
    assert keys.snapshot() is not first


def test_a_key_is_parsed_once_in_the_life_of_a_process(
    core: Core, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, parsed = Keys(core), []
    parse = RSAKey.import_key
    monkeypatch.setattr(
        RSAKey, "import_key", lambda *given: parsed.append("d" in given[0]) or parse(*given)
    )

    for _ in range(3):
        assert keys.signer("RS256").key.is_private
        clock.advance(seconds=31)

    # Two public parts to verify with, and the private one that signed; PS256 did not.
    assert sorted(parsed) == [False, False, True]


def test_threat_41_a_sealed_key_moved_to_another_row_is_refused(
    both_core: Core, clock: MovableClock
) -> None:
    keys = Keys(both_core)
    keys.snapshot()
    with both_core.writing():
        one, two, *_ = both_core.db.query(SigningKey).order_by(SigningKey.alg).all()
        one.private, two.private = two.private, one.private

    clock.advance(seconds=31)
    with pytest.raises(SealBroken):
        keys.snapshot()
    with pytest.raises(SealBroken):
        Keys(both_core).snapshot()


def test_private_keys_are_sealed_at_rest(core: Core) -> None:
    rotation.prepare(core)

    rows = core.db.connection().exec_driver_sql("SELECT private FROM signing_key").all()

    assert len(rows) == 2 * len(ALGORITHMS)
    assert all(row[0].startswith("gAAAA") for row in rows)
