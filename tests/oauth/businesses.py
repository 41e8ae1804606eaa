"""Linking members with businesses, without letters."""

from datetime import timedelta

from sqlalchemy import update

from idp.core import Core
from idp.pin.models import Business, Membership
from tests.oauth.conftest import Member


def linked(core: Core, member: Member, number: str = "1234567", branch: str = "") -> str:
    """Link the member with a new business; returns the membership."""
    now = core.clock.now()
    business = Business(
        id="b_" + core.chance.token(9), number=number, branch=branch, name=f"Tischlerei {number}",
        street="Hauptstraße 1", postcode="12345", city="Musterstadt", country="DE",
        status="active", trade="", created_at=now, updated_at=now,
    )  # fmt: skip
    membership = Membership(
        id=core.chance.token(12), account_id=member.id, business_id=business.id,
        method="pin_letter", assurance="post", verified_at=now - timedelta(days=1), since=now,
    )  # fmt: skip
    with core.writing():
        core.db.add(business)
        core.db.flush()
        core.db.add(membership)
    return membership.id


def end(core: Core, membership_id: str) -> None:
    with core.writing():
        core.db.execute(
            update(Membership).where(Membership.id == membership_id).values(until=core.clock.now())
        )
