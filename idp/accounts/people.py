"""Finding accounts, and the words about a person that a password must not contain."""

import unicodedata

from sqlalchemy import select

from idp.accounts.models import Account, State
from idp.core import Core
from idp.plugins import Subject


def email_key(email: str) -> str:
    """Return the one spelling by which an address is compared.

    NFKC and full case folding bring every spelling of one mailbox together, and a second NFKC what
    folding took apart; mail itself goes to the address as it was confirmed (CVE-2019-19844).
    """
    folded = unicodedata.normalize("NFKC", email).strip().casefold()
    return unicodedata.normalize("NFKC", folded)


def by_email(core: Core, email: str) -> Account | None:
    """Return the account that owns this address; waiting registrations own nothing."""
    return core.db.scalars(
        select(Account).where(Account.email_key == email_key(email), Account.state != State.PENDING)
    ).one_or_none()


def subject_of(core: Core, account: Account) -> Subject:
    """Return the words that this person's password must not contain."""
    chamber = core.settings.chamber
    own = (account.email.partition("@")[0], account.given_name, account.family_name)
    return Subject(tuple(word for word in (*own, chamber.service) if word))
