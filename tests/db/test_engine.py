"""Connections: what is lost is replaced, and writers wait their turn."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import func, select

from idp.accounts import grants, limits
from idp.accounts.grants import Grant
from idp.accounts.models import Counter
from idp.core import Core
from idp.outbox import OutboxRow
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import core_of


@pytest.fixture
def postgresql(postgresql_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Core]:
    app = built(settings_for(tmp_path, postgresql_url), clock)
    with app.app_context():
        yield core_of(app)
    dispose(app)


def test_connections_that_the_server_closed_are_replaced_unseen(
    postgresql_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    app = built(settings_for(tmp_path, postgresql_url), clock)
    browser = Browser(app)
    assert browser.open("/readyz").status == 200

    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert browser.open("/readyz").status == 200
    dispose(app)


def test_writers_on_sqlite_wait_instead_of_failing(app: Flask, core: Core) -> None:
    gate = threading.Barrier(4)

    def write() -> None:
        with app.app_context():
            gate.wait()
            for _ in range(20):
                with core.writing():
                    core.db.query(OutboxRow).count()
                    core.post.nothing()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert core.db.query(OutboxRow).count() == 80


def test_writing_outside_a_transaction_of_ours_is_noticed(core: Core) -> None:
    with pytest.raises(AssertionError, match=r"grants\.py:\d+ writes outside Core\.writing"):
        grants.revoke(core, Grant.client_id == "nobody")


def test_reading_on_postgresql_opens_no_transaction_and_writing_does(postgresql: Core) -> None:
    def under_way() -> bool:
        link = postgresql.db.connection().connection.driver_connection
        return bool(link.info.transaction_status != TransactionStatus.IDLE)

    assert postgresql.db.scalar(select(func.count(OutboxRow.id))) == 0
    assert not under_way()
    with postgresql.writing():
        assert postgresql.db.scalar(select(func.count(OutboxRow.id))) == 0
        assert under_way()
    assert not under_way()


def test_what_fails_is_undone_as_a_whole_on_both(both_app: Flask) -> None:
    def half_a_change(core: Core) -> None:
        with core.writing():
            limits.spend(core, limits.Limit("x", 5, timedelta(minutes=1)), "one")
            raise ZeroDivisionError

    with both_app.app_context():
        core = core_of(both_app)
        with pytest.raises(ZeroDivisionError):
            half_a_change(core)

        assert core.db.scalar(select(func.count(Counter.key))) == 0
