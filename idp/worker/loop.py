"""The worker's loop: deliver what is due, forget once an hour, rest in between.

Logouts are delivered beside it, in threads of their own.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask

from idp.core import Core
from idp.oauth import rotation
from idp.web.house import core
from idp.worker import deliver, logouts, retention
from idp.worker.deliver import AWAY, DATABASE_AWAY, IDLE, HandOver, to_carriers

log = logging.getLogger("idp.worker")

FORGET = timedelta(hours=1)


def run(
    app: Flask,
    stop: threading.Event,
    going: Callable[[], bool] = lambda: True,
    hand_over: HandOver = to_carriers,
) -> None:
    """Work until `stop` is set or `going` says no; the item at hand is finished first."""
    last: datetime | None = None
    log.info("worker started")
    with logouts.beside(app) as well:
        while not stop.is_set() and going() and well():
            # A context a round: its end hands the database connection back.
            with app.app_context():
                rest, last = _round(core(), stop, last, hand_over)
            stop.wait(rest)
    log.info("worker stopped")


def _round(
    here: Core, stop: threading.Event, last: datetime | None, hand_over: HandOver
) -> tuple[float, datetime | None]:
    """Do what there is to do; returns the seconds to rest, and when retention last ran."""
    try:
        busy = deliver.once(here, stop=stop, hand_over=hand_over) > 0
        now = here.clock.now()
        if last is None or now - last >= FORGET:
            retention.once(here)
            rotation.prepare(here)
            last = now
    except AWAY as error:
        log.warning("database away", extra={"error": type(error).__name__})
        return DATABASE_AWAY, last
    return (0.0 if busy else IDLE), last
