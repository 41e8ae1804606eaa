"""Mailed links: short random tokens with one purpose, one account and one end.

A row and no signature, so that a leaked key forges nothing and a new link voids the old one.
Opening a link (`look`) spends nothing: mail scanners do it too. The page's button does (`spend`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update

from idp.accounts.models import Account, Link
from idp.core import Core
from idp.errors import LinkDead
from idp.seal import fingerprint


class Purpose(StrEnum):
    """What a link is for."""

    ACTIVATE = "activate"
    RESET = "reset"


@dataclass(frozen=True)
class Opened:
    """A link that is alive, looked at."""

    purpose: Purpose
    account_id: str
    request_id: str | None
    ends_at: datetime


def make(
    core: Core, purpose: Purpose, account: Account, ttl: timedelta, request_id: str | None = None
) -> str:
    """Return the address to mail; earlier links of this purpose and account are void now."""
    # One after the other, or each would miss what the other is about to write.
    core.db.execute(
        select(Account.id).where(Account.id == account.id).with_for_update(key_share=True)
    )
    core.db.execute(
        delete(Link).where(
            Link.account_id == account.id, Link.purpose == purpose, Link.used_at.is_(None)
        )
    )
    token, now = core.chance.token(16), core.clock.now()
    core.db.add(
        Link(
            hash=fingerprint(token),
            purpose=purpose,
            account_id=account.id,
            request_id=request_id,
            created_at=now,
            ends_at=now + ttl,
        )
    )
    return f"{core.settings.issuer}/k/{token}"


def look(core: Core, token: str) -> Opened:
    """Return what a link would open; raises LinkDead with code and, if over, when it ended."""
    link = core.db.scalars(select(Link).where(Link.hash == fingerprint(token))).one_or_none()
    if link is None:
        raise LinkDead("link_unknown")
    if link.used_at:
        raise LinkDead("link_used", purpose=link.purpose)
    if link.ends_at <= core.clock.now():
        raise LinkDead("link_expired", purpose=link.purpose, ended=link.ends_at)
    return Opened(Purpose(link.purpose), link.account_id, link.request_id, link.ends_at)


def account_behind(core: Core, token: str) -> Account:
    """Return the account that a living link opens; raises LinkDead."""
    account = core.db.get(Account, look(core, token).account_id)
    if account is None:
        # A rival registration was activated at this very moment, and took this one away.
        raise LinkDead("link_unknown")
    return account


def spend(core: Core, token: str, purpose: Purpose) -> str:
    """Use a link up, in one statement; returns the account's id or raises LinkDead."""
    now = core.clock.now()
    account_id = core.db.scalars(
        update(Link)
        .where(
            Link.hash == fingerprint(token),
            Link.purpose == purpose,
            Link.used_at.is_(None),
            Link.ends_at > now,
        )
        .values(used_at=now)
        .returning(Link.account_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if account_id is None:
        look(core, token)
        raise LinkDead("link_unknown")
    return account_id


def owner(core: Core, token: str, purpose: Purpose) -> Account | None:
    """Return whose link this is or was, alive or not, to send a new one to the same address."""
    return core.db.scalars(
        select(Account)
        .join(Link, Link.account_id == Account.id)
        .where(Link.hash == fingerprint(token), Link.purpose == purpose)
    ).one_or_none()


def drop(core: Core, account_id: str) -> None:
    """Void every open link of an account."""
    core.db.execute(delete(Link).where(Link.account_id == account_id, Link.used_at.is_(None)))


def purpose_of(core: Core, token: str) -> Purpose | None:
    """Return what a link is or was for, dead or alive; None for an unknown one."""
    purpose = core.db.scalars(
        select(Link.purpose).where(Link.hash == fingerprint(token))
    ).one_or_none()
    return Purpose(purpose) if purpose else None
