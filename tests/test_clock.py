"""Time and chance."""

import time
from datetime import UTC, timedelta

from idp.clock import Chance, Clock
from tests.conftest import MovableClock


def test_now_is_aware_in_utc_and_fine() -> None:
    before, now, after = time.time(), Clock().now(), time.time()

    assert now.tzinfo is UTC
    assert before - 1e-6 <= now.timestamp() <= after + 1e-6


def test_a_moved_clock_moves_the_house_and_the_libraries(clock: MovableClock) -> None:
    before, real = clock.now(), time.time()

    clock.advance(hours=2)

    assert clock.now() - before >= timedelta(hours=2)
    assert time.time() - real >= 7200


def test_tokens_are_long_different_and_fit_into_addresses() -> None:
    tokens = {Chance().token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}
    assert not any(token.startswith("-") for token in tokens)
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)
    assert len(Chance().token(16)) == 22


def test_numbers_stay_below_their_limit_and_reach_all_of_it() -> None:
    assert {Chance().below(3) for _ in range(200)} == {0, 1, 2}
