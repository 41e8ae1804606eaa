"""Things to deliver: leased, retried, closed; by many workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.core import Core
from idp.outbox import DELAYS, LEASE, PATIENCE, Due, Kind, OutboxRow
from tests import people
from tests.conftest import MovableClock


def write(core: Core, count: int = 1) -> list[str]:
    with core.writing():
        return [core.post.mail(f"a{n}@beispiel.test", "test", "de", n=n) for n in range(count)]


def lease(core: Core, most: int = 10) -> list[Due]:
    with core.writing():
        return core.post.lease(most)


def test_a_row_comes_back_as_it_was_written(core: Core) -> None:
    (row_id,) = write(core)

    (due,) = lease(core)

    assert (due.id, due.kind, due.tries) == (row_id, Kind.MAIL, 1)
    assert due.payload == {
        "to": "a0@beispiel.test", "template": "test", "locale": "de", "facts": {"n": 0},
    }  # fmt: skip


def test_nothing_readable_is_stored(core: Core) -> None:
    write(core)

    payload = core.db.scalars(select(OutboxRow.payload)).one()

    assert payload
    assert "beispiel" not in payload


def test_a_row_written_in_a_transaction_that_fails_was_never_there(core: Core) -> None:
    def interrupted() -> None:
        with core.writing():
            core.post.letter({"number": "1234567"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert lease(core) == []


def test_nobody_gets_a_row_that_is_leased_until_the_lease_is_over(
    core: Core, clock: MovableClock
) -> None:
    clock.freeze()
    write(core)
    assert len(lease(core)) == 1

    assert lease(core) == []
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert lease(core) == []
    clock.advance(seconds=1)
    (again,) = lease(core)
    assert again.tries == 2


def test_a_delivered_row_is_empty_and_never_comes_back(core: Core, clock: MovableClock) -> None:
    (row_id,) = write(core)
    (leased,) = lease(core)

    with core.writing():
        core.post.delivered(leased)

    clock.advance(days=10)
    assert lease(core) == []
    people.fresh(core)
    row = core.db.get_one(OutboxRow, row_id)
    assert (row.payload, row.lease, row.error) == (None, None, None)
    assert row.delivered_at


def test_failures_are_tried_again_later_and_later_and_then_given_up(
    core: Core, clock: MovableClock
) -> None:
    clock.freeze()
    (row_id,) = write(core)

    for delay in DELAYS:
        (due,) = lease(core)
        with core.writing():
            core.post.failed(due, "OSError")
        clock.advance(seconds=delay.total_seconds() - 1)
        assert lease(core) == []
        clock.advance(seconds=1)
    (last,) = lease(core)
    with core.writing():
        core.post.failed(last, "OSError")

    clock.advance(days=100)
    assert lease(core) == []
    people.fresh(core)
    row = core.db.get_one(OutboxRow, row_id)
    assert row.failed_at
    assert (row.error, row.tries) == ("OSError", len(DELAYS) + 1)


def test_the_oldest_come_first_and_no_more_than_asked(core: Core, clock: MovableClock) -> None:
    clock.freeze()
    first = write(core, 2)
    clock.advance(seconds=1)
    write(core, 2)

    assert {due.id for due in lease(core, 2)} == set(first)


def test_no_more_than_asked_are_taken_on_either_database(both_app: Flask) -> None:
    with both_app.app_context():
        core = people.core_of(both_app)
        write(core, 12)

        assert [len(lease(core, 1)) for _ in range(6)] == [1] * 6
        assert [len(lease(core, 4)) for _ in range(3)] == [4, 2, 0]


def test_all_kinds_travel_together_or_apart(core: Core) -> None:
    with core.writing():
        core.post.mail("a@beispiel.test", "test", "de")
        core.post.letter({"number": "1234567"})
        core.post.logout("courses", "the-sid", "the-sub")
        core.post.nothing()

    with core.writing():
        (due,) = core.post.lease(10, (Kind.LOGOUT,))
    assert due.payload == {"client_id": "courses", "sid": "the-sid", "sub": "the-sub"}
    assert {due.kind for due in lease(core)} == {Kind.MAIL, Kind.LETTER, Kind.NOTHING}


def test_a_row_that_was_not_tried_waits_without_losing_a_try(
    core: Core, clock: MovableClock
) -> None:
    clock.freeze()
    write(core)
    (due,) = lease(core)

    with core.writing():
        core.post.postponed(due, clock.now() + timedelta(seconds=7))

    clock.advance(seconds=6)
    assert lease(core) == []
    clock.advance(seconds=1)
    (again,) = lease(core)
    assert again.tries == 1


def test_waiting_has_an_end_too(core: Core, clock: MovableClock) -> None:
    (row_id,) = write(core)
    clock.advance(seconds=PATIENCE.total_seconds() + 1)
    (due,) = lease(core)

    with core.writing():
        core.post.postponed(due, clock.now())

    people.fresh(core)
    row = core.db.get_one(OutboxRow, row_id)
    assert (bool(row.failed_at), row.error) == (True, "gave_up_waiting")
    assert lease(core) == []


@pytest.mark.parametrize("most", [1, 7])
def test_two_workers_deliver_each_row_once(both_app: Flask, most: int) -> None:
    count, workers = 60, 3
    with both_app.app_context():
        write(people.core_of(both_app), count)
    barrier = Barrier(workers)

    def work(_: int) -> list[str]:
        delivered = []
        with both_app.app_context():
            core = people.core_of(both_app)
            barrier.wait(20)
            while True:
                rows = lease(core, most)
                if not rows:
                    left = core.db.scalar(select(func.count()).where(OutboxRow.tries == 0))
                    core.db.rollback()
                    if not left:
                        return delivered
                for row in rows:
                    with core.writing():
                        core.post.delivered(row)
                    delivered.append(row.id)

    with ThreadPoolExecutor(workers) as pool:
        delivered = [row_id for found in pool.map(work, range(workers)) for row_id in found]

    assert len(delivered) == count
    assert len(set(delivered)) == count
