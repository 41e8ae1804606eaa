"""Ending a link: the person has left the business, or does not act for it any more."""

from sqlalchemy import update

from idp.accounts import audit, grants
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed
from idp.pin import letters, overview, quotas
from idp.pin.models import Membership, Pin, PinState, alive


def leave(core: Core, who: SignedIn, membership_id: str) -> overview.Entry:
    """End one's own link at once, with all grants given for it; the row stays as history.

    The applications that held these are told. This person's PINs for the business on their way
    die with the link. Raises NotAllowed for anybody else's link, or one that has ended.
    """
    with core.writing():
        business_id = _end(core, who.account_id, membership_id)
        _cancel(core, who.account_id, business_id)
        business = overview.entry(core, business_id)
        quotas.arrived(core, who.account_id, (business.number, business.branch))
        grants.of_membership(core, membership_id)
        core.post.mail(
            who.email, "business_unlinked", who.locale,
            name=letters.person(who), business=overview.label(business),
        )  # fmt: skip
        audit.note(
            core, "business.unlinked", who.account_id,
            membership=membership_id, business=business_id,
        )  # fmt: skip
        return business


def _end(core: Core, account_id: str, membership_id: str) -> str:
    business_id = core.db.scalars(
        update(Membership)
        .where(
            Membership.id == membership_id,
            Membership.account_id == account_id,
            Membership.until.is_(None),
        )
        .values(until=core.clock.now(), ended_by=account_id)
        .returning(Membership.business_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if business_id is None:
        raise NotAllowed("not_linked")
    return business_id


def _cancel(core: Core, account_id: str, business_id: str) -> None:
    core.db.execute(
        update(Pin)
        .where(
            Pin.account_id == account_id,
            Pin.business_id == business_id,
            alive(core.clock.now()),
        )
        .values(state=PinState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
