"""Finding accounts, and the words about a person that a password must not contain."""

import base64
import unicodedata
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
)

from idp.accounts.models import Account, AccountName, NameKind, State
from idp.core import Core
from idp.plugins import Subject

# Claims that say a name or number of a person.
SAID = ("nickname", "middle_name", "preferred_username", "phone_number")


def _held(*conditions: ColumnElement[bool]) -> ScalarSelect[str | None]:
    held = select(Account.password_hash).where(Account.password_hash.is_not(None), *conditions)
    return held.order_by(Account.id).limit(1).scalar_subquery()


# Built once: putting them together takes longer than asking. An address of today comes before
# one that was left behind.
_NAME: BindParameter[str] = bindparam("name")
_MARK: BindParameter[str] = bindparam("mark")
_FORMER = (
    select(AccountName.account_id)
    .where(AccountName.kind == NameKind.EMAIL, AccountName.key == _NAME)
    .scalar_subquery()
)
_MEANS = and_(
    or_(Account.email_key == _NAME, Account.id == _FORMER), Account.state != State.PENDING
)
_BEST = (Account.email_key == _NAME).desc()
_BY_NAME = select(Account).where(_MEANS).order_by(_BEST).limit(1)
_MEANT = (
    select(
        *(Account.id, Account.email, Account.email_key),
        *(Account.state, Account.password_hash, Account.must_change),
        func.coalesce(_held(Account.id >= _MARK), _held()),
    )
    .select_from(select(literal(1).label("one")).subquery())
    .outerjoin(Account, _MEANS)
    .order_by(_BEST)
    .limit(1)
)


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


def by_name(core: Core, name: str) -> Account | None:
    """Return whose name for signing in this is: an address, else one of before moving house."""
    return core.db.scalars(_BY_NAME, {"name": email_key(name)}).first()


class Meant(NamedTuple):
    """What a sign-in compares; all but `anybodys` is None where the name is unknown.

    Columns and no account: putting one together would make known names slower than unknown ones.
    """

    id: str | None
    email: str | None
    email_key: str | None
    state: str | None
    own: str | None
    must_change: str | None
    anybodys: str | None


def meant(core: Core, name: str) -> Meant:
    """Return whose name this is, and a password hash to verify against if that account has none.

    The hash is somebody's: that of the account whose random id comes next after a mark that follows
    from the name. So unknown names take as long as known ones where hashes of several kinds are
    stored, each name always the same, and guessing tells nothing. One statement for all.
    """
    key = email_key(name)
    digest = bytes.fromhex(core.vault.peppered(f"name:{key}"))
    mark = base64.urlsafe_b64encode(digest)[:22].decode()
    return Meant(*core.db.execute(_MEANT, {"name": key, "mark": mark}).one())


def subject_of(core: Core, account: Account | None) -> Subject:
    """Return what a person's password must not contain; without one, what nobody's may."""
    chamber = core.settings.chamber
    words = (*(_own(core, account) if account else ()), chamber.service, chamber.name)
    return Subject(tuple(word for word in words if word), _born(account))


def _own(core: Core, account: Account) -> tuple[str | None, ...]:
    """Return names and numbers; of an address everything but what comes after the last dot."""
    local, _, host = account.email.partition("@")
    said = [str((account.claims or {}).get(name) or "") for name in SAID]
    brought = select(AccountName.key).where(AccountName.account_id == account.id)
    sources = (source for _, source in core.plugins.personal_words.items())
    kept = (word for source in sources for word in source(core.db(), account.id))
    return (
        *(local, *host.split(".")[:-1], account.given_name, account.family_name),
        *(*said, *core.db.scalars(brought), *kept),
    )


def _born(account: Account | None) -> tuple[date, ...]:
    """Return the date of birth; OIDC Core §5.1 also knows a bare year, and a day without one."""
    try:
        return (date.fromisoformat((account.claims or {})["birthdate"]),) if account else ()
    except (KeyError, ValueError, TypeError):
        return ()
