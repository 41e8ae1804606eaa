"""Counters that decide: reserved first, checked after."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import limits
from idp.accounts.limits import Limit
from idp.accounts.models import Counter
from idp.core import Core
from idp.errors import Throttled
from tests import people
from tests.conftest import MovableClock

FIVE = Limit("five", most=5, window=timedelta(hours=1))
ONE = Limit("one", most=1, window=timedelta(hours=1))
SLOW = Limit("slow", most=100, window=timedelta(days=1), free=3, longest=timedelta(seconds=60))


@pytest.fixture
def both_core(both_app: Flask, clock: MovableClock) -> Iterator[Core]:
    clock.freeze()
    with both_app.app_context():
        yield people.core_of(both_app)


def tries(core: Core, limit: Limit, count: int, *subject: str) -> int:
    """Return how many of `count` tries were let through."""
    passed = 0
    for _ in range(count):
        try:
            limits.spend(core, limit, *subject)
        except Throttled:
            continue
        passed += 1
    return passed


def test_as_many_tries_pass_as_are_allowed(both_core: Core) -> None:
    assert tries(both_core, FIVE, 20, "erika") == 5
    assert tries(both_core, ONE, 20, "erika") == 1


def test_each_subject_has_its_own_counter(both_core: Core) -> None:
    assert tries(both_core, FIVE, 20, "erika", "here") == 5
    assert tries(both_core, FIVE, 20, "erika", "there") == 5
    assert tries(both_core, FIVE, 20, "erikahere") == 5


def test_after_the_window_everything_is_allowed_again(both_core: Core, clock: MovableClock) -> None:
    for limit in (ONE, FIVE):
        first = tries(both_core, limit, 20, "erika")
        clock.advance(hours=1, seconds=-1)
        assert tries(both_core, limit, 20, "erika") == 0
        clock.advance(seconds=1)
        assert tries(both_core, limit, 20, "erika") == first


def test_the_refusal_tells_when_the_next_try_may_succeed(
    both_core: Core, clock: MovableClock
) -> None:
    tries(both_core, FIVE, 5, "erika")
    clock.advance(minutes=20)

    with pytest.raises(Throttled) as refused:
        limits.spend(both_core, FIVE, "erika")

    assert refused.value.seconds == 40 * 60
    assert refused.value.facts == {"seconds": 2400}
    clock.advance(seconds=2400)
    assert tries(both_core, FIVE, 1, "erika") == 1


def test_waiting_grows_from_the_free_tries_on(both_core: Core, clock: MovableClock) -> None:
    assert tries(both_core, SLOW, 10, "erika") == 3

    for wait in (2, 4, 8, 16, 32, 60, 60):
        clock.advance(seconds=wait - 1)
        assert tries(both_core, SLOW, 3, "erika") == 0
        clock.advance(seconds=1)
        assert tries(both_core, SLOW, 3, "erika") == 1


def test_tries_while_waiting_do_not_make_it_longer(both_core: Core, clock: MovableClock) -> None:
    tries(both_core, SLOW, 200, "erika")

    clock.advance(seconds=2)

    assert tries(both_core, SLOW, 1, "erika") == 1


def test_forgiving_starts_anew_for_this_subject_alone(both_core: Core) -> None:
    tries(both_core, FIVE, 5, "erika")
    tries(both_core, FIVE, 5, "otto")

    limits.forgive(both_core, FIVE, "erika")

    assert tries(both_core, FIVE, 9, "erika") == 5
    assert tries(both_core, FIVE, 9, "otto") == 0


def test_the_table_holds_no_address(both_core: Core) -> None:
    limits.spend(both_core, FIVE, "erika@beispiel.test", "192.0.2.1")

    (key,) = both_core.db.scalars(select(Counter.key)).all()

    assert key.startswith("five:")
    assert "erika" not in key
    assert "192" not in key


@pytest.mark.parametrize("limit", [ONE, FIVE, SLOW], ids=lambda limit: limit.name)
def test_two_hundred_tries_at_once_never_pass_more_than_allowed(
    both_app: Flask, clock: MovableClock, limit: Limit
) -> None:
    """CVE-2024-4629 and GHSA-7h8m-vrxx-vr4m: parallel guesses beat the counter."""
    clock.freeze()

    def one(_: int) -> int:
        with both_app.app_context():
            return tries(people.core_of(both_app), limit, 1, "erika")

    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(one, range(200)))

    assert passed == {"one": 1, "five": 5, "slow": 3}[limit.name]


def test_a_limit_without_growing_waits_has_none() -> None:
    assert FIVE.waits() == []
    assert SLOW.waits()[0] == (3, timedelta(seconds=2))
    assert SLOW.waits()[-1] == (8, timedelta(seconds=60))
