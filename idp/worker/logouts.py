"""Telling applications that somebody was signed out: apart from mail and letters, several at once.

A dead application delays nobody. One call at a time goes to each, what follows for it waits behind
that call, and when there was no answer all of that waits for `PAUSE`, without having been tried.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from flask import Flask

from idp.core import Core
from idp.oauth import backchannel
from idp.outbound import CallRefused
from idp.outbox import Due, Kind
from idp.web.house import core
from idp.worker import deliver

log = logging.getLogger("idp.worker")

# Applications that are called at the same time.
WIDTH = 8
# Rows that wait behind a call: with slow answers to all of them, their leases still hold.
BEHIND = 20
SOON = timedelta(seconds=2)
PAUSE = timedelta(minutes=1)


@dataclass
class Line:
    """One application: who calls it holds the lock; when nobody answered, it is left alone."""

    calling: threading.Lock = field(default_factory=threading.Lock)
    waiting: deque[Due] = field(default_factory=deque)
    away: datetime | None = None

    def until(self, now: datetime) -> datetime | None:
        """Return until when it is left alone."""
        return self.away if self.away and self.away > now else None


@dataclass
class Lines:
    """All applications, as the threads of one worker know them; it forgets them when it ends."""

    stop: threading.Event = field(default_factory=threading.Event)
    # Held by the one thread that looks for work; the others wait for it to find some.
    looking: threading.Lock = field(default_factory=threading.Lock)
    known: dict[str, Line] = field(default_factory=dict)

    def of(self, client_id: str) -> Line:
        """Return the line of an application."""
        return self.known.setdefault(client_id, Line())


def once(core: Core, most: int = 20) -> int:
    """Deliver up to `most` due logouts, one after the other; returns how many were handled."""
    lines, handled = Lines(), 0
    while handled < most and (due := _lease(core)):
        take(core, lines, due)
        handled += 1
    return handled


@contextmanager
def beside(app: Flask) -> Iterator[Callable[[], bool]]:
    """Deliver logouts in threads as long as the block lasts; yields what tells if all are well."""
    lines = Lines()
    with ThreadPoolExecutor(WIDTH, "logouts") as pool:
        lanes = [pool.submit(_lane, app, lines) for _ in range(WIDTH)]
        try:
            yield lambda: not any(lane.done() for lane in lanes)
        finally:
            lines.stop.set()
    for lane in lanes:
        lane.result()


def take(core: Core, lines: Lines, due: Due) -> None:
    """Deliver a leased row, or leave it to the thread that is calling the same application."""
    line = lines.of(_client(due))
    if len(line.waiting) >= BEHIND:
        _wait(core, due, core.clock.now() + SOON)
        return
    line.waiting.append(due)
    # Asked again after each release: a row may have come just before it.
    while line.waiting and line.calling.acquire(blocking=False):
        try:
            _work_off(core, lines, line)
        except BaseException:
            # Leased as they are, they come due again by themselves.
            line.waiting.clear()
            raise
        finally:
            line.calling.release()


def _work_off(core: Core, lines: Lines, line: Line) -> None:
    while line.waiting:
        due, now = line.waiting.popleft(), core.clock.now()
        until = now if lines.stop.is_set() else line.until(now)
        if until:
            _wait(core, due, until)
        else:
            deliver.handle(core, due, partial(_tell, line))


def _tell(line: Line, core: Core, due: Due) -> None:
    try:
        backchannel.deliver(core, due.payload)
    except CallRefused:
        line.away = core.clock.now() + PAUSE
        raise


def _wait(core: Core, due: Due, until: datetime) -> None:
    with core.writing():
        core.post.postponed(due, until)


def _lease(core: Core) -> Due | None:
    with core.writing():
        rows = core.post.lease(1, (Kind.LOGOUT,))
    return rows[0] if rows else None


def _client(due: Due) -> str:
    try:
        return str(due.payload["client_id"])
    except deliver.SPOILED:
        return ""  # told when it is handed over


def _lane(app: Flask, lines: Lines) -> None:
    """Deliver until the end: what each of the threads does."""
    while not lines.stop.is_set():
        try:
            due = _look(app, lines)
            if due:
                with app.app_context():
                    take(core(), lines, due)
        except deliver.AWAY as error:
            log.warning("database away", extra={"error": type(error).__name__})
            lines.stop.wait(deliver.DATABASE_AWAY)


def _look(app: Flask, lines: Lines) -> Due | None:
    """Wait until something is due; None at the end."""
    with lines.looking:
        while not lines.stop.is_set():
            # A context a look: its end hands the database connection back.
            with app.app_context():
                due = _lease(core())
            if due:
                return due
            lines.stop.wait(deliver.IDLE)
    return None
