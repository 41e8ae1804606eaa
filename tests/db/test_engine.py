"""Connections: what is lost is replaced, and writers wait their turn."""

import threading
from pathlib import Path

import psycopg
from flask import Flask

from idp.core import Core
from idp.outbox import OutboxRow
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for


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
