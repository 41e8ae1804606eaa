"""Brings everything the house sends into the demo's mailbox.

Imported in functions only: what sets letters is heavy, and the page people wait for needs none.
"""

import os
import signal
import threading

from flask import Flask

from idp.core import Core
from idp.demo.mailbox import Envelope, Mailbox
from idp.mail import compose
from idp.outbox import Due, Kind
from idp.pin import printing
from idp.worker import deliver, loop
from idp.worker.deliver import HandOver

ALL = 1000


def once(core: Core, mailbox: Mailbox) -> None:
    """Bring what is waiting now."""
    deliver.once(core, most=ALL, hand_over=to(mailbox))


def work(app: Flask, mailbox: Mailbox) -> None:
    """Bring what comes, until TERM or until the demo is gone."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    parent = os.getppid()
    loop.run(app, stop, lambda: os.getppid() == parent, to(mailbox))


def to(mailbox: Mailbox) -> HandOver:
    """Return what hands a row of the outbox over to this mailbox."""

    def hand_over(core: Core, due: Due) -> None:
        if due.kind == Kind.MAIL:
            mail = compose.mail(core.settings, due.payload, due.id)
            mailbox.put_mail(due.id, mail, due.created_at)
        elif due.kind == Kind.LETTER:
            # The payload is the one place outside the paper where the PIN can be read.
            envelope = Envelope(mailbox, due.payload["pin"], due.created_at)
            printing.deliver(core, due.payload, envelope)

    return hand_over
