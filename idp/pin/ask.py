"""Ordering a PIN: signed in, without login where the profile allows it, or by the chamber.

A letter goes to the registered address alone. Who asks cannot tell whether the number exists:
the same is said, and as much is computed.
"""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.sql import ColumnElement

from idp.accounts import audit
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Refused
from idp.pin import letters, quotas, registry, secret
from idp.pin.models import Membership, Origin, Pin, PinState, alive, linked
from idp.pin.rows import Key
from idp.pin.secret import Drawn
from idp.plugins import BusinessFacts

# So long nobody without login gets another letter printed: the one before may still be with the
# post, whoever ordered it.
ON_ITS_WAY = timedelta(days=7)


def order(core: Core, who: SignedIn, number: str, branch: str | None) -> None:
    """Send a PIN for this person's account; it replaces only that account's earlier one.

    Raises Refused (number_invalid, branch_invalid, already_linked, pin_on_its_way), Throttled
    (throttled, pin_quota) or Busy.
    """
    quotas.enabled(core)
    key = registry.key(core, number, branch)
    business = registry.find(core, key)
    refuse_linked(core, who, business)
    known = business if business and business.active else None
    business_id = known.id if known else ""
    secret.keep(core, business_id, lambda drawn: _order(core, who, key, known, drawn))


def order_openly(core: Core, number: str, branch: str | None, postcode: str, origin: str) -> None:
    """Send a PIN that belongs to no account yet, if number and postcode fit; voids no other PIN.

    `origin` is the network address. Raises NotAllowed where the profile does not allow it,
    Refused for what can be no number, Throttled for the address, Busy; says nothing else.
    """
    quotas.enabled(core)
    if not core.settings.pin.request_without_login:
        raise NotAllowed("login_required_page")
    key, postcode = registry.key(core, number, branch), "".join(postcode.split()).upper()
    quotas.asked_openly(core, origin)
    business = _fitting(registry.find(core, key), postcode)
    business_id = business.id if business else ""

    def write(drawn: Drawn) -> None:
        waiting = _on_its_way(core, business_id)
        if waiting or not quotas.open_left(core, key, postcode) or business is None:
            core.post.nothing()
            audit.note(core, "pin.asked_openly", None)
            return
        letters.pin(core, business, drawn, Origin.OPEN)
        audit.note(core, "pin.ordered_openly", None, pin=drawn.id, business=business.id)

    secret.keep(core, business_id, write)


def issue(core: Core, business: BusinessFacts) -> str:
    """Send a PIN in the chamber's name, in place of its earlier one; returns the letter's id."""
    quotas.enabled(core)
    if not business.active:
        raise NotAllowed("business_closed")

    def write(drawn: Drawn) -> str:
        _replace(core, (business.number, business.branch), Pin.origin == Origin.CHAMBER)
        letter_id = letters.pin(core, business, drawn, Origin.CHAMBER)
        audit.note(
            core, "pin.issued", None, actor=audit.OPERATOR, pin=drawn.id, business=business.id
        )
        return letter_id

    return secret.keep(core, business.id, write)


def refuse_linked(core: Core, who: SignedIn, business: BusinessFacts | None) -> None:
    """Tell a person at once what concerns only that person: the link exists already."""
    wanted = linked(who.account_id, business.id if business else "")
    if core.db.scalars(select(Membership.id).where(wanted)).one_or_none():
        raise Refused("already_linked")


def _order(
    core: Core, who: SignedIn, key: Key, business: BusinessFacts | None, drawn: Drawn
) -> None:
    """Write an order; without a business it looks the same to who made it, and nothing is sent."""
    quotas.ordered(core, who.account_id, key)
    _replace(core, key, Pin.account_id == who.account_id)
    _confirm(core, who, key)
    if business is None:
        letters.nowhere(core, key, drawn, who)
        audit.note(core, "pin.asked", who.account_id, pin=drawn.id)
    else:
        letters.pin(core, business, drawn, Origin.MEMBER, who)
        audit.note(core, "pin.ordered", who.account_id, pin=drawn.id, business=business.id)


def _replace(core: Core, key: Key, whose: ColumnElement[bool]) -> None:
    number, branch = key
    core.db.execute(
        update(Pin)
        .where(Pin.number == number, Pin.branch == (branch or ""), whose, alive(core.clock.now()))
        .values(state=PinState.REPLACED)
        .execution_options(synchronize_session=False)
    )


def _confirm(core: Core, who: SignedIn, key: Key) -> None:
    core.post.mail(
        who.email, "pin_ordered", who.locale,
        name=letters.person(who),
        number="-".join(part for part in key if part),
        days=core.settings.pin.ttl.days,
    )  # fmt: skip


def _fitting(business: BusinessFacts | None, postcode: str) -> BusinessFacts | None:
    if business is None or not business.active:
        return None
    return business if "".join(business.postcode.split()).upper() == postcode else None


def _on_its_way(core: Core, business_id: str) -> bool:
    """Tell whether any PIN, whoever ordered it, may still be with the post to this business."""
    now = core.clock.now()
    waiting = core.db.scalars(
        select(Pin.id).where(
            Pin.business_id == business_id,
            alive(now),
            Pin.created_at > now - ON_ITS_WAY,
        )
    ).first()
    return waiting is not None
