"""One transaction a verb."""

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from idp.accounts.models import Account, Counter
from idp.core import Core
from tests import people
from tests.conftest import MovableClock


def counter(core: Core, key: str) -> Counter:
    now = core.clock.now()
    return Counter(key=key, value=1, ends_at=now, next_at=now)


def keys(core: Core) -> list[str]:
    people.fresh(core)
    return list(core.db.scalars(select(Counter.key).order_by(Counter.key)))


def test_what_is_written_is_there_afterwards(core: Core) -> None:
    with core.writing():
        core.db.add(counter(core, "a"))

    assert keys(core) == ["a"]


def interrupted(core: Core, inner: str) -> None:
    with core.writing():
        core.db.add(counter(core, "a"))
        with core.writing():
            core.db.add(counter(core, inner))
        raise KeyboardInterrupt


def test_nothing_is_written_when_something_raises_not_even_by_a_verb_inside(core: Core) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(core, "b")

    assert keys(core) == []


def test_after_a_failure_the_next_transaction_works(core: Core) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(core, "b")

    with core.writing():
        core.db.add(counter(core, "a"))

    assert keys(core) == ["a"]


def test_a_writer_sees_what_was_committed_just_before(both_app: Flask) -> None:
    with both_app.app_context():
        core = people.core_of(both_app)
        assert keys(core) == []
        with both_app.app_context(), people.core_of(both_app).writing():
            core.db.add(counter(core, "a"))

        with core.writing():
            assert core.db.scalars(select(Counter.key)).all() == ["a"]


def test_sqlite_connections_have_our_habits(core: Core) -> None:
    pragma = {
        name: core.db.execute(text(f"PRAGMA {name}")).scalar()
        for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
    }

    assert pragma == {
        "foreign_keys": 1, "journal_mode": "wal", "synchronous": 1, "busy_timeout": 15000,
    }  # fmt: skip


def test_moments_come_back_aware_and_a_naive_one_is_a_bug(
    both_app: Flask, clock: MovableClock
) -> None:
    with both_app.app_context():
        core = people.core_of(both_app)
        row = counter(core, "a")
        with core.writing():
            core.db.add(row)
        before = row.ends_at
        people.fresh(core)

        assert core.db.get_one(Counter, "a").ends_at == before
        assert before.utcoffset() is not None
        with pytest.raises(StatementError, match="naive"), core.writing():
            core.db.get_one(Counter, "a").ends_at = before.replace(tzinfo=None)


def test_a_failed_statement_does_not_tell_whose_data_it_held(core: Core) -> None:
    now = core.clock.now()
    row = {"id": "same", "state": "active", "email": "geheim@beispiel.test", "locale": "de",
           "email_key": "geheim", "created_at": now, "updated_at": now}  # fmt: skip
    twice = [row, {**row, "email_key": "other"}]

    with pytest.raises(IntegrityError, match="UNIQUE") as failed, core.writing():
        core.db.execute(Account.__table__.insert(), twice)

    assert "geheim" not in str(failed.value)
