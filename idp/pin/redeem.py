"""Spending a PIN: number and PIN from the letter link a person with a business.

Number and selector find the row. A try is counted before it is judged (CVE-2024-4629), one hash
is computed whatever is typed, and only who typed the right PIN hears what has become of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from idp.accounts import audit
from idp.accounts.models import Account, State
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Refused, WrongPin
from idp.pin import ask, code, letters, overview, quotas, registry, secret
from idp.pin.models import LIVE, Business, Membership, Origin, Pin, PinState, Status, alive
from idp.pin.rows import Key
from idp.plugins import BusinessFacts

_READ = (Pin.id, Pin.hash, Pin.state, Pin.origin, Pin.tries, Pin.account_id, Pin.ends_at)


@dataclass(frozen=True)
class Linked:
    """A person's new link with a business."""

    membership_id: str
    business: BusinessFacts


@dataclass(frozen=True)
class _Found:
    """The PIN that number and selector point to; `counted` if this try was reserved on it."""

    id: str
    hash: str | None
    state: str
    origin: str
    tries: int
    account_id: str | None
    ends_at: datetime
    counted: bool


_NOBODY = _Found("", None, "", "", 0, None, datetime.max.replace(tzinfo=UTC), counted=False)


def link(core: Core, who: SignedIn, number: str, branch: str | None, typed: str) -> Linked:
    """Link this person with the business of the letter.

    Raises WrongPin (typing errors cost no try), Refused (number_invalid, branch_invalid,
    already_linked, business_closed, link_full), NotAllowed (session_gone), Throttled
    (pin_throttled) or Busy.
    """
    quotas.enabled(core)
    key, word = registry.key(core, number, branch), _read(typed)
    business = registry.find(core, key)
    ask.refuse_linked(core, who, business)
    quotas.tried(core, who.account_id)
    found = _reserve(core, business.id if business else "", word.selector)
    right = secret.fits(core, found.id, found.hash, word)
    if business is None or not right:
        _wrong(core, found, key)
        raise WrongPin("pin_mismatch")
    with _given_back(core, found):
        _judge(core, who, found, business)
        with core.writing():
            membership_id = _spend(core, who, found, business)
            quotas.arrived(core, who.account_id, key)
            _tell(core, who, found, business)
    return Linked(membership_id, business)


def _read(typed: str) -> code.Pin:
    try:
        return code.read(typed)
    except WrongPin as wrong:
        if wrong.code == "pin_sign" and not wrong.facts["hint"]:
            raise WrongPin("pin_sign_plain", sign=wrong.facts["sign"]) from wrong
        raise


def _reserve(core: Core, business_id: str, selector: str) -> _Found:
    """Count a try on a living PIN; a dead one is returned as it is, for judging only."""
    where = (Pin.business_id == business_id, Pin.selector == selector)
    most = core.settings.pin.tries
    with core.writing():
        counted = core.db.execute(
            update(Pin)
            .where(*where, alive(core.clock.now()), Pin.tries < most)
            .values(tries=Pin.tries + 1)
            .returning(*_READ)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if counted:
            return _Found(*counted, counted=True)
        dead = core.db.execute(select(*_READ).where(*where)).one_or_none()
    return _Found(*dead, counted=False) if dead else _NOBODY


def _wrong(core: Core, found: _Found, key: Key) -> None:
    """Lock a PIN with its last try; who reserved that try decides, nobody else."""
    if not found.counted or found.tries < core.settings.pin.tries:
        return
    with core.writing():
        core.db.execute(
            update(Pin)
            .where(Pin.id == found.id, Pin.state.in_(LIVE))
            .values(state=PinState.LOCKED)
            .execution_options(synchronize_session=False)
        )
        if found.account_id:
            quotas.arrived(core, found.account_id, key)
        audit.note(core, "pin.locked", found.account_id, pin=found.id)


@contextmanager
def _given_back(core: Core, found: _Found) -> Iterator[None]:
    """Give the reserved try back when the right PIN is refused: its owner did not guess."""
    try:
        yield
    except Refused:
        if found.counted:
            with core.writing():
                core.db.execute(
                    update(Pin)
                    .where(Pin.id == found.id)
                    .values(tries=Pin.tries - 1)
                    .execution_options(synchronize_session=False)
                )
        raise


def _judge(core: Core, who: SignedIn, found: _Found, business: BusinessFacts) -> None:
    """Say to who typed the right PIN why it opens nothing."""
    if found.origin == Origin.MEMBER and found.account_id != who.account_id:
        raise WrongPin("pin_other_account")
    if found.state not in LIVE:
        raise WrongPin(f"pin_{found.state}")
    if found.ends_at <= core.clock.now():
        raise WrongPin("pin_expired")
    if not found.counted:
        raise WrongPin("pin_locked")
    if not business.active:
        raise Refused("business_closed")


def _spend(core: Core, who: SignedIn, found: _Found, business: BusinessFacts) -> str:
    """Use the PIN up and write the membership it buys; returns the membership's id."""
    now = core.clock.now()
    _take_turn(core, who, business)
    spent = core.db.scalars(
        update(Pin)
        .where(Pin.id == found.id, alive(now))
        .values(state=PinState.USED, used_at=now, used_by=who.account_id)
        .returning(Pin.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if spent is None:
        state = core.db.execute(select(Pin.state).where(Pin.id == found.id)).scalar_one()
        raise WrongPin("pin_expired" if state in LIVE else f"pin_{state}")
    membership = Membership(
        id=core.chance.token(16),
        account_id=who.account_id,
        business_id=business.id,
        method="pin_letter",
        assurance="post",
        verified_at=now,
        since=now,
        pin_id=found.id,
    )
    core.db.add(membership)
    audit.note(
        core, "business.linked", who.account_id,
        membership=membership.id, business=business.id, pin=found.id,
    )  # fmt: skip
    return membership.id


def _take_turn(core: Core, who: SignedIn, business: BusinessFacts) -> None:
    """Link one person at a time with a business, so that the count and the state hold."""
    status = core.db.execute(
        select(Business.status).where(Business.id == business.id).with_for_update(key_share=True)
    ).scalar_one()
    if status != Status.ACTIVE:
        raise Refused("business_closed")
    _require_active(core, who)
    ask.refuse_linked(core, who, business)
    persons = core.db.execute(
        select(func.count())
        .select_from(Membership)
        .where(Membership.business_id == business.id, Membership.until.is_(None))
    ).scalar_one()
    if persons >= core.settings.link.max_persons:
        raise Refused("link_full")


def _require_active(core: Core, who: SignedIn) -> None:
    """Refuse who was locked since the page was opened; who locks now waits until this is done.

    And whose address nobody has confirmed, as after a move: its owner would inherit the business.
    """
    row = core.db.execute(
        select(Account.state, Account.email_verified_at)
        .where(Account.id == who.account_id)
        .with_for_update(read=True)
    ).one_or_none()
    if row is None or row.state != State.ACTIVE:
        raise NotAllowed("session_gone")
    if row.email_verified_at is None:
        raise NotAllowed("email_unconfirmed")


def _tell(core: Core, who: SignedIn, found: _Found, business: BusinessFacts) -> None:
    """Tell the person, everybody linked before, and by post the business that a stranger named.

    A letter that named the person, or that the chamber sent on purpose, was notice enough.
    """
    named = overview.label(business)
    core.post.mail(
        who.email, "business_linked", who.locale, name=letters.person(who), business=named
    )
    others = core.db.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.business_id == business.id,
            Membership.until.is_(None),
            Account.id != who.account_id,
            Account.state == State.ACTIVE,
        )
    )
    for other in others:
        core.post.mail(
            other.email, "business_new_member", other.locale,
            name=other.mail_name, person=letters.person(who), business=named,
        )  # fmt: skip
    if found.origin == Origin.OPEN:
        letters.notice(core, business, found.id, who)
