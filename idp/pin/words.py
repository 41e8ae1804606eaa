"""The businesses of a person, as words that his or her password must not contain."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.pin.models import Business, Membership


def business_words(db: Session, account_id: str) -> tuple[str, ...]:
    """Return names and numbers of the businesses that the account is linked with."""
    rows = db.execute(
        select(Business.name, Business.number)
        .join(Membership, Membership.business_id == Business.id)
        .where(Membership.account_id == account_id, Membership.until.is_(None))
    )
    return tuple(word for row in rows for word in row)
