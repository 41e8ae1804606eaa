"""Signing keys: made once, cached, reloaded, never in the clear."""

import threading

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth.keys import Keys
from idp.oauth.models import SigningKey
from idp.seal import SealBroken
from tests.conftest import MovableClock


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


def test_a_key_is_read_again_after_half_a_minute(core: Core, clock: MovableClock) -> None:
    keys = Keys(core)
    first = keys.snapshot()

    clock.advance(seconds=29)
    assert keys.snapshot() is first
    clock.advance(seconds=2)
    assert keys.snapshot() is not first


def test_retired_keys_stay_published_and_sign_nothing(core: Core) -> None:
    Keys(core).snapshot()
    with core.writing():
        old = core.db.query(SigningKey).filter_by(alg="ES256").one()
        old.state = "retired"
    fresh = Keys(core).snapshot()

    assert fresh.signers["ES256"].kid != old.kid
    assert old.kid.encode() in fresh.jwks


def test_threat_41_a_sealed_key_moved_to_another_row_is_refused(core: Core) -> None:
    Keys(core).snapshot()
    with core.writing():
        one, two = core.db.query(SigningKey).all()
        one.private, two.private = two.private, one.private

    with pytest.raises(SealBroken):
        Keys(core).snapshot()
