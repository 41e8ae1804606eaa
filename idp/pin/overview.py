"""What a person sees of his or her businesses and PINs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import exists, select

from idp.core import Core
from idp.errors import NotAllowed
from idp.pin.letters import last_day
from idp.pin.models import LIVE, Business, Membership, Origin, Pin, PinState, Status

# PINs that have done their work vanish from the page after a while; the rows stay.
SHOWN = timedelta(days=90)


class Numbered(Protocol):
    """Anything with the name and the key of a business."""

    @property
    def name(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def branch(self) -> str | None: ...


@dataclass(frozen=True)
class Entry:
    """A business as shown to who is linked with it."""

    id: str
    name: str
    number: str
    branch: str | None
    city: str


@dataclass(frozen=True)
class Link:
    """A living membership; `usable` while the business is entered."""

    id: str
    business: Entry
    since: datetime
    verified_at: datetime
    usable: bool


@dataclass(frozen=True)
class Ordered:
    """A PIN that this person ordered, as typed; only who used it sees the name.

    While it is not spent its state is `requested`, whether or not there is such a business.
    """

    number: str
    branch: str | None
    name: str | None
    state: PinState
    requested_at: datetime
    ends_at: datetime


def label(business: Numbered) -> str:
    """Name a business in a mail: name, number, branch."""
    return f"{business.name} ({'-'.join(filter(None, (business.number, business.branch)))})"


def entry(core: Core, business_id: str) -> Entry:
    """Return a business that must be there."""
    return _entry(core.db.get_one(Business, business_id))


def memberships(core: Core, account_id: str) -> list[Link]:
    """Return the living memberships of a person, closed businesses too."""
    rows = core.db.execute(
        select(Membership, Business)
        .join(Business, Business.id == Membership.business_id)
        .where(Membership.account_id == account_id, Membership.until.is_(None))
        .order_by(Business.name, Business.number, Business.branch)
    )
    return [_link(membership, business) for membership, business in rows]


def membership(core: Core, account_id: str, membership_id: str) -> Link:
    """Return one living membership of this person; raises NotAllowed when there is none."""
    found = [link for link in memberships(core, account_id) if link.id == membership_id]
    if not found:
        raise NotAllowed("not_linked")
    return found[0]


def pins(core: Core, account_id: str) -> list[Ordered]:
    """Return the PINs this person ordered lately, the latest first."""
    now = core.clock.now()
    proven = exists().where(
        Membership.account_id == account_id, Membership.business_id == Pin.business_id
    )
    rows = core.db.execute(
        select(Pin, Business.name, proven)
        .outerjoin(Business, Business.id == Pin.business_id)
        .where(
            Pin.account_id == account_id,
            Pin.origin == Origin.MEMBER,
            Pin.created_at > now - SHOWN,
        )
        .order_by(Pin.created_at.desc())
    )
    return [_ordered(pin, name, _shown(pin, known, now)) for pin, name, known in rows]


def _entry(business: Business) -> Entry:
    return Entry(
        business.id, business.name, business.number, business.branch or None, business.city
    )


def _link(membership: Membership, business: Business) -> Link:
    usable = business.status == Status.ACTIVE
    return Link(membership.id, _entry(business), membership.since, membership.verified_at, usable)


def _shown(pin: Pin, proven: bool, now: datetime) -> PinState:
    """Return the state as this person may know it.

    A letter printed, or a PIN cancelled because the business was closed, would tell that there is
    such a business: only who was linked with it learns that.
    """
    state = PinState(pin.state)
    if state not in LIVE and (state != PinState.CANCELLED or proven):
        return state
    return PinState.EXPIRED if pin.ends_at <= now else PinState.REQUESTED


def _ordered(pin: Pin, name: str | None, state: PinState) -> Ordered:
    return Ordered(
        number=pin.number,
        branch=pin.branch or None,
        name=name if state == PinState.USED else None,
        state=state,
        requested_at=pin.created_at,
        ends_at=last_day(pin.ends_at),
    )
