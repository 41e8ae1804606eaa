"""From the outbox to the carrier: a letter is rendered, handed over, and marked as sent.

Imported by who delivers alone: the module that sets the page is heavy.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update

from idp.core import Core
from idp.pin import notice, paper
from idp.pin.letter import LetterFacts, Sender
from idp.pin.models import LIVE, Letter, LetterKind, LetterState, Pin, PinState
from idp.plugins import LetterCarrier, PrintedLetter


def deliver(core: Core, payload: Mapping[str, Any], through: LetterCarrier) -> None:
    """Hand the letter of an outbox row over and note that it is sent.

    May be called again after any failure: the same letter comes out, and one that is noted as
    sent, or whose PIN has died on the way, is not printed. Raises OSError to be retried.
    """
    if not _begin(core, payload):
        return
    through.send(prepare(core, payload))
    with core.writing():
        now = core.clock.now()
        _mark(core, payload, LetterState.SENT, sent_at=now)
        if payload["kind"] == LetterKind.PIN:
            _advance(core, payload, PinState.PRINTING, PinState.SENT)


def prepare(core: Core, payload: Mapping[str, Any]) -> PrintedLetter:
    """Return the finished letter; the same payload gives the same bytes."""
    facts = _facts(core, payload)
    page = paper.pdf if payload["kind"] == LetterKind.PIN else notice.pdf
    return PrintedLetter(facts.id, facts.number, facts.branch, facts.recipient, page(facts))


def _begin(core: Core, payload: Mapping[str, Any]) -> bool:
    """Tell whether this letter is still to be printed, and note that it is being done."""
    with core.writing():
        state = core.db.execute(
            select(Letter.state).where(Letter.id == payload["letter"])
        ).scalar_one()
        if state != LetterState.WAITING:
            return False
        if payload["kind"] == LetterKind.NOTICE:
            return True
        _advance(core, payload, PinState.REQUESTED, PinState.PRINTING)
        pin = core.db.execute(select(Pin.state).where(Pin.id == payload["pin_id"])).scalar_one()
        if pin in LIVE:
            return True
        _mark(core, payload, LetterState.FAILED)
        return False


def _advance(core: Core, payload: Mapping[str, Any], before: PinState, after: PinState) -> None:
    core.db.execute(
        update(Pin)
        .where(Pin.id == payload["pin_id"], Pin.state == before)
        .values(state=after)
        .execution_options(synchronize_session=False)
    )


def _mark(core: Core, payload: Mapping[str, Any], state: LetterState, **values: object) -> None:
    core.db.execute(
        update(Letter)
        .where(Letter.id == payload["letter"])
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )


def _facts(core: Core, payload: Mapping[str, Any]) -> LetterFacts:
    written = date.fromisoformat(payload["date"])
    return LetterFacts(
        id=payload["letter"],
        date=written,
        sender=_sender(core),
        recipient=tuple(payload["recipient"]),
        business_name=payload["business_name"],
        number=payload["number"],
        branch=payload["branch"],
        pin=payload["pin"],
        requested_by=payload["person"],
        valid_until=date.fromisoformat(payload["valid_until"]),
        start_url=f"{core.settings.issuer}/business/link",
        requested_on=None if payload["by_chamber"] else written,
        by_chamber=payload["by_chamber"],
        number_label=core.settings.business.label,
    )


def _sender(core: Core) -> Sender:
    chamber, support = core.settings.chamber, core.settings.support
    phone = " ".join(filter(None, (support.phone, support.hours and f"({support.hours})")))
    contact = ", ".join(filter(None, (support.email, support.phone and f"Telefon {phone}")))
    return Sender(chamber.name, chamber.address, contact)
