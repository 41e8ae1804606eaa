"""Letters on their way: a row for the record, and what will stand on paper, sealed in the outbox.

The PIN in clear exists only in that payload, which is erased on delivery. `printing.py` reads
what is written here.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.pin.models import Letter, LetterKind, LetterState, Origin, Pin, PinState
from idp.pin.rows import Key
from idp.pin.secret import Drawn
from idp.plugins import BusinessFacts

# The day that is printed is the day in Germany.
ZONE = ZoneInfo("Europe/Berlin")


def last_day(ends_at: datetime) -> datetime:
    """Return a moment on the last day on which a PIN is good to the end of the day.

    A PIN ends to the minute; paper and pages name a day, and must not promise hours too many.
    """
    return ends_at - timedelta(days=1)


def pin(
    core: Core, business: BusinessFacts, drawn: Drawn, origin: Origin, who: SignedIn | None = None
) -> str:
    """Store a PIN and send it to the registered address; returns the letter's id."""
    row = _store(core, (business.number, business.branch), drawn, origin, who)
    row.business_id = business.id
    core.db.flush()
    facts: dict[str, object] = {
        "pin": drawn.word.text,
        "person": person(who) if who else None,
        "valid_until": _day(last_day(row.ends_at)).isoformat(),
        "by_chamber": origin == Origin.CHAMBER,
    }
    return _post(core, business, LetterKind.PIN, row.id, facts)


def nowhere(core: Core, key: Key, drawn: Drawn, who: SignedIn) -> None:
    """Store an order that no letter answers: there is no such business, or not any more.

    As many rows and hashes as with a letter, so that neither page nor time tells them apart.
    """
    _store(core, key, drawn, Origin.MEMBER, who)
    core.post.nothing()


def notice(core: Core, business: BusinessFacts, pin_id: str, who: SignedIn) -> str:
    """Tell a business by post who was linked with it; returns the letter's id."""
    facts: dict[str, object] = {
        "pin": "",
        "person": person(who),
        "valid_until": _day(core.clock.now()).isoformat(),
        "by_chamber": False,
    }
    return _post(core, business, LetterKind.NOTICE, pin_id, facts)


def person(who: SignedIn) -> str:
    """Return a person's name as a business reads it; the address where there is no name."""
    return " ".join(name for name in (who.given_name, who.family_name) if name) or who.email


def _store(core: Core, key: Key, drawn: Drawn, origin: Origin, who: SignedIn | None) -> Pin:
    now, (number, branch) = core.clock.now(), key
    row = Pin(
        id=drawn.id,
        number=number,
        branch=branch or "",
        selector=drawn.word.selector,
        hash=drawn.hash,
        state=PinState.REQUESTED,
        origin=origin,
        tries=0,
        account_id=who.account_id if who else None,
        created_at=now,
        ends_at=now + core.settings.pin.ttl,
    )
    core.db.add(row)
    return row


def _post(
    core: Core,
    business: BusinessFacts,
    kind: LetterKind,
    pin_id: str,
    facts: dict[str, object],
) -> str:
    now = core.clock.now()
    letter_id = f"{_day(now):%y%m%d}-{core.chance.below(10**12):012d}"
    core.db.add(
        Letter(
            id=letter_id, kind=kind, pin_id=pin_id, business_id=business.id,
            state=LetterState.WAITING, created_at=now,
        )
    )  # fmt: skip
    written = {
        "letter": letter_id,
        "kind": kind,
        "pin_id": pin_id,
        "date": _day(now).isoformat(),
        "recipient": business.address,
        "business_name": business.name,
        "number": business.number,
        "branch": business.branch,
    }
    core.post.letter(written | facts)
    return letter_id


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
