"""Delivering the outbox: lease a row, hand it over, close it.

Leased one at a time, so that a slow mail server cannot use up the lease of the rows behind. The
lease, the sending and the closing are three steps: a crash between the last two delivers twice
(with one Message-ID), never not at all. Logouts have a lane of their own, see `logouts.py`.
"""

import logging
import smtplib
import threading
from collections.abc import Callable

from jinja2 import TemplateError
from sqlalchemy.exc import InterfaceError, NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from idp.core import Core
from idp.mail import compose
from idp.oauth.backchannel import NotTaken
from idp.outbound import CallRefused
from idp.outbox import DELAYS, Due, Kind
from idp.pin import printing
from idp.seal import SealBroken
from idp.worker import carriers

log = logging.getLogger("idp.worker")

# What a payload can do wrong that another try may not: told as a code, tried again all the same,
# for the next release may know better.
SPOILED = (SealBroken, ValueError, TypeError, LookupError, TemplateError, NoResultFound)

# The database is away, restarting or failing over: what was leased comes due again by itself.
AWAY = (OperationalError, InterfaceError, PoolTimeout)
# Seconds between two looks.
IDLE = 1.0
DATABASE_AWAY = 5.0

# What goes by mail and post.
POSTED = (Kind.MAIL, Kind.LETTER, Kind.NOTHING)

# Takes one row out of the house.
HandOver = Callable[[Core, Due], None]


def to_carriers(core: Core, due: Due) -> None:
    """Hand a row to the carrier that the configuration names."""
    if due.kind == Kind.MAIL:
        carriers.mail(core).send(compose.mail(core.settings, due.payload, due.id))
    elif due.kind == Kind.LETTER:
        printing.deliver(core, due.payload, carriers.letter(core))


def once(
    core: Core,
    most: int = 20,
    stop: threading.Event | None = None,
    hand_over: HandOver = to_carriers,
) -> int:
    """Deliver up to `most` due mails and letters, fewer when `stop` is set; returns how many."""
    handled = 0
    while handled < most and not (stop and stop.is_set()):
        with core.writing():
            rows = core.post.lease(1, POSTED)
        for due in rows:
            handle(core, due, hand_over)
        handled += len(rows)
        if not rows:
            break
    return handled


def handle(core: Core, due: Due, hand_over: HandOver) -> None:
    """Hand a leased row over and close it, or plan its next try."""
    # Leased again and again without a verdict: this row takes workers down with it.
    error = "worker_died" if due.tries > len(DELAYS) + 1 else _try(core, due, hand_over)
    facts = {"row": due.id, "kind": str(due.kind), "tries": due.tries}
    with core.writing():
        if error is None:
            core.post.delivered(due)
        else:
            core.post.failed(due, error)
    if error is None:
        log.info("delivered", extra=facts)
    else:
        log.warning("not delivered", extra={**facts, "error": error})


def _try(core: Core, due: Due, hand_over: HandOver) -> str | None:
    """Hand a row over; returns None, or a code that holds nothing of its content."""
    try:
        hand_over(core, due)
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"recipient_refused {' '.join(map(str, codes))}"
    except smtplib.SMTPResponseException as error:
        return f"{type(error).__name__} {error.smtp_code}"
    except (CallRefused, NotTaken) as error:
        # Which host or client it was is for the operator, and nothing of what was sent.
        return str(error)
    except (OSError, *SPOILED) as error:
        return type(error).__name__
    return None
