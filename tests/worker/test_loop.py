"""The loop: busy when there is something to do, at rest otherwise, and it ends when told."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from idp.core import Core
from idp.outbox import OutboxRow
from idp.worker import deliver, loop, retention
from tests.conftest import MovableClock
from tests.mail.server import Postbox
from tests.worker.conftest import ordered, told


class Rests(threading.Event):
    """An event that notes how long the loop rests, ends it after some rounds, and never waits."""

    def __init__(self, rounds: int, between: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.rests: list[float | None] = []
        self.rounds = rounds
        self.between = between

    def wait(self, timeout: float | None = None) -> bool:
        self.rests.append(timeout)
        self.between()
        if len(self.rests) == self.rounds:
            self.set()
        return self.is_set()


def test_it_delivers_and_then_rests(mailing: Core, app: Flask, postbox: Postbox) -> None:
    ordered(mailing, 2)
    stop = Rests(2)

    loop.run(app, stop)

    assert len(postbox.mails) == 2
    assert stop.rests == [0.0, loop.IDLE]


def test_it_forgets_once_an_hour(
    app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[object] = []
    monkeypatch.setattr(retention, "once", rounds.append)

    loop.run(app, Rests(5, lambda: clock.advance(minutes=25)))

    assert len(rounds) == 2


def test_a_database_that_is_away_is_waited_for(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([OperationalError("SELECT", {}, OSError("gone")), None])

    def once(*_: object, **__: object) -> int:
        error = next(answers)
        if error:
            raise error
        return 0

    monkeypatch.setattr(deliver, "once", once)
    stop = Rests(2)

    loop.run(app, stop)

    assert stop.rests == [loop.DATABASE_AWAY, loop.IDLE]


def test_a_bug_ends_it_so_that_somebody_sees(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "once", lambda *_, **__: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        loop.run(app, Rests(1))


def test_it_ends_when_its_parent_is_gone(app: Flask) -> None:
    going = iter([True, False])
    stop = Rests(9)

    loop.run(app, stop, lambda: next(going))

    assert len(stop.rests) == 1


def test_the_item_at_hand_is_finished_before_it_ends(app: Flask, postbox: Postbox) -> None:
    core, stop = told(app, postbox.port), threading.Event()
    postbox.arrived = stop.set
    with app.app_context():
        ordered(core, 3)

        loop.run(app, stop)

        assert len(postbox.mails) == 1
        assert core.db.scalar(select(func.count(OutboxRow.delivered_at))) == 1
