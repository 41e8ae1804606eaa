"""Logouts leave in a lane of their own: a dead application delays nobody."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from idp import outbound
from idp.core import Core
from idp.outbox import LEASE, Kind, OutboxRow
from idp.web.house import NAME
from idp.worker import deliver, logouts, loop
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.mail.server import Postbox
from tests.relying_party import Portal
from tests.told import Told, calling, listening
from tests.worker.conftest import ordered, told
from tests.worker.test_loop import Rests

PATIENCE = 20


@dataclass
class Scene:
    """An application that is dead, one that lives, and rows for both."""

    app: Flask
    core: Core
    clock: MovableClock
    dead: Told
    living: Told
    portals: dict[str, Portal]

    def ordered(self, name: str, count: int = 1) -> list[str]:
        """Write logouts for an application; returns the ids of their rows."""
        client_id = self.portals[name].client.id
        with self.core.writing():
            return [self.core.post.logout(client_id, f"sid{n}", "sub") for n in range(count)]

    def row(self, row_id: str) -> OutboxRow:
        self.core.db.rollback()
        return self.core.db.get_one(OutboxRow, row_id, populate_existing=True)

    def open(self) -> list[OutboxRow]:
        """Return the logouts that still wait."""
        self.core.db.rollback()
        self.core.db.expire_all()
        query = self.core.db.query(OutboxRow)
        return query.filter_by(kind=Kind.LOGOUT, delivered_at=None, failed_at=None).all()

    @staticmethod
    def until(true: Callable[[], object]) -> None:
        """Wait for what the threads of the lane do."""
        never = threading.Event()
        for _ in range(PATIENCE * 50):
            if true():
                return
            never.wait(0.02)
        raise AssertionError("it did not happen")


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[Scene]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    app = built(settings_for(tmp_path, url, **calling(tmp_path)), clock)
    with listening(tmp_path, silent=True) as dead, listening(tmp_path) as living, app.app_context():
        portals = {
            name: Portal.register(app, name=name, backchannel_logout_uri=there.url)
            for name, there in (("dead", dead), ("living", living))
        }
        yield Scene(app, app.extensions[NAME].core, clock, dead, living, portals)
    dispose(app)


def away(scene: Scene) -> None:
    """Let the dead application hang up at once instead of after five seconds."""
    scene.dead.released.set()


def test_a_dead_application_delays_neither_mail_nor_the_logouts_of_others(
    scene: Scene, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 60.0)
    core = told(scene.app, postbox.port)
    waiting = scene.ordered("dead", 5)
    delivered = scene.ordered("living", 3)
    ordered(core, 2)

    with logouts.beside(scene.app) as well:
        assert scene.dead.called.wait(PATIENCE)
        assert scene.living.arrived.wait(PATIENCE)
        assert deliver.once(core) == 2
        scene.until(lambda: all(scene.row(row_id).delivered_at for row_id in delivered))
        assert well()
        # Still the first and only call to it, and still without an answer.
        assert scene.dead.calls == 1
        away(scene)

    assert len(postbox.mails) == 2
    rows = [scene.row(row_id) for row_id in waiting]
    assert sorted(row.tries for row in rows) == [0, 0, 0, 0, 1]
    assert {row.error for row in rows} == {None, "localhost: RemoteDisconnected"}


def test_what_waits_for_an_application_that_is_away_is_not_tried(scene: Scene) -> None:
    away(scene)
    scene.clock.freeze()
    first, *others = scene.ordered("dead", 4)
    lines = logouts.Lines()

    taken(scene, lines)

    assert scene.dead.calls == 1
    assert [scene.row(row_id).tries for row_id in (first, *others)].count(1) == 1
    assert {row.due_at - scene.clock.now() for row in scene.open()} == {
        logouts.PAUSE,
        deliver.DELAYS[0],
    }


def test_one_row_a_minute_asks_whether_an_application_is_back(scene: Scene) -> None:
    away(scene)
    scene.ordered("dead", 4)
    lines = logouts.Lines()
    taken(scene, lines)

    for calls in (2, 3):
        scene.clock.advance(seconds=logouts.PAUSE.total_seconds() + 1)
        taken(scene, lines)
        assert scene.dead.calls == calls
    scene.dead.silent = False
    scene.clock.advance(minutes=3)
    taken(scene, lines)

    assert scene.open() == []
    assert len(scene.dead.tokens) == 4


def test_an_answer_is_no_reason_to_leave_an_application_alone(scene: Scene) -> None:
    scene.living.status = 400
    scene.ordered("living", 3)

    assert logouts.once(scene.core) == 3

    assert scene.living.calls == 3


def taken(scene: Scene, lines: logouts.Lines) -> None:
    """Do what one thread of the lane does, until nothing is due."""
    while due := logouts._lease(scene.core):
        logouts.take(scene.core, lines, due)


def test_no_more_than_asked_are_handled_at_once(scene: Scene) -> None:
    scene.ordered("living", 3)

    assert [logouts.once(scene.core, most=2) for _ in range(3)] == [2, 1, 0]


def test_what_comes_during_a_call_waits_behind_it_in_order(scene: Scene) -> None:
    scene.living.silent = True
    lines, finished = logouts.Lines(), threading.Event()

    def calls() -> None:
        with scene.app.app_context():
            scene.ordered("living")
            taken(scene, lines)
        finished.set()

    thread = threading.Thread(target=calls)
    thread.start()
    assert scene.living.called.wait(PATIENCE)
    scene.ordered("living", logouts.BEHIND + 2)
    taken(scene, lines)
    assert not finished.is_set()
    line = lines.of(scene.portals["living"].client.id)
    assert len(line.waiting) == logouts.BEHIND

    scene.living.silent = False
    scene.living.released.set()
    thread.join(PATIENCE)

    # The first had no answer, so all that waited behind it waits on; two were one too many.
    assert scene.living.calls == 1
    waits = sorted(row.due_at for row in scene.open())
    assert len(waits) == logouts.BEHIND + 3
    assert waits[1] < scene.clock.now() + logouts.SOON
    assert {row.tries for row in scene.open()} == {0, 1}


def test_the_end_gives_back_what_was_not_begun(scene: Scene) -> None:
    scene.ordered("living", 1)
    lines = logouts.Lines()
    lines.stop.set()

    due = logouts._lease(scene.core)
    assert due
    logouts.take(scene.core, lines, due)

    (row,) = scene.open()
    assert (row.tries, row.lease) == (0, None)
    assert row.due_at <= scene.clock.now()
    assert scene.living.calls == 0


def test_threat_41_a_row_that_was_changed_does_not_stop_the_others(scene: Scene) -> None:
    first, second = scene.ordered("living", 2)
    payload = scene.row(second).payload
    with scene.core.writing():
        scene.core.db.get_one(OutboxRow, first).payload = payload

    assert logouts.once(scene.core) == 2

    assert scene.row(first).error == "SealBroken"
    assert scene.row(second).delivered_at


def test_a_crash_leaves_what_waited_to_its_lease(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ordered("living", 1)
    lines = logouts.Lines()

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(deliver, "handle", crash)
        with pytest.raises(KeyboardInterrupt):
            taken(scene, lines)
    scene.clock.advance(seconds=LEASE.total_seconds() + 1)
    taken(scene, lines)

    assert scene.open() == []


def test_many_lanes_of_two_workers_tell_each_once(scene: Scene) -> None:
    scene.ordered("living", 20)

    with logouts.beside(scene.app), logouts.beside(scene.app):
        scene.until(lambda: not scene.open())

    sids = [scene.portals["living"].verified(t).claims["sid"] for t in scene.living.tokens]
    assert sorted(sids) == sorted(f"sid{n}" for n in range(20))


def test_a_database_that_is_away_is_waited_for_here_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()
    answers = iter([OperationalError("UPDATE", {}, OSError("gone"))])

    def lease(_: Core) -> None:
        error = next(answers, None)
        if error:
            raise error
        looked.set()

    monkeypatch.setattr(deliver, "DATABASE_AWAY", 0.01)
    monkeypatch.setattr(logouts, "_lease", lease)

    with logouts.beside(app) as well:
        assert looked.wait(PATIENCE)
        assert well()


def test_a_bug_in_a_lane_ends_the_worker_so_that_somebody_sees(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logouts, "_lease", lambda _: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        loop.run(app, Rests(1000))
