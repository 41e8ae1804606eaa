"""Making new passwords due, as staff decide: for one person, for a group, for everybody.

Nobody is locked out. For stricter rules (`policy`) the old password works until the new one is
chosen, right after the next sign-in. One that others may know (`compromise`) opens nothing from
now on; the person chooses a new one through a mailed link.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true, update

from idp.accounts import audit, links, sessions
from idp.accounts.models import Account, State
from idp.accounts.people import email_key
from idp.core import Core
from idp.errors import NotAllowed

# People of one transaction: on SQLite nobody else writes meanwhile.
CHUNK = 200


class Reason(StrEnum):
    """Why a new password is due."""

    POLICY = "policy"
    COMPROMISE = "compromise"


# Who may sign in now or again one day. Only the first are written to.
HELD = (State.ACTIVE, State.LOCKED, State.DISABLED)
MAILS = {Reason.POLICY: "renewal_policy", Reason.COMPROMISE: "renewal_compromise"}


@dataclass(frozen=True)
class Wanted:
    """Whom it concerns: addresses or ids, everybody, or all whose password is as old as this."""

    reason: Reason
    people: tuple[str, ...] = ()
    everybody: bool = False
    changed_before: datetime | None = None
    tell: bool = True


def unknown(core: Core, people: Sequence[str]) -> list[str]:
    """Return those of `people` that are no account's address or id."""
    known = {name for names in _found(core, people).items() for name in names}
    return [who for who in people if who not in known and email_key(who) not in known]


def count(core: Core, wanted: Wanted) -> int:
    """Return for how many a new password would become due; raises NotAllowed as `start`."""
    return sum(
        core.db.scalar(select(func.count(Account.id)).where(group, *_concerned(wanted))) or 0
        for group in _groups(core, wanted)
    )


def start(core: Core, wanted: Wanted, step: Callable[[int], None] = lambda _done: None) -> int:
    """Make a new password due and mail those it concerns; returns how many they are.

    In transactions of `CHUNK` people, `step` is told after each: stopped in the middle, it goes on
    where it was when started again. Raises NotAllowed when nobody is named.
    """
    done = 0
    for group in _groups(core, wanted):
        while made := _chunk(core, wanted, group):
            done += made
            step(made)
    return done


def _groups(core: Core, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return conditions that together match whoever was named, each one within a statement."""
    if not (wanted.people or wanted.everybody or wanted.changed_before):
        raise NotAllowed("renewal_of_nobody")
    if not wanted.people:
        return [true()]
    ids = list(_found(core, wanted.people))
    return [Account.id.in_(ids[at : at + CHUNK]) for at in range(0, len(ids), CHUNK)]


def _found(core: Core, people: Sequence[str]) -> dict[str, str]:
    """Return id and address of the accounts that these are."""
    found: dict[str, str] = {}
    for at in range(0, len(people), CHUNK):
        names = people[at : at + CHUNK]
        is_one = or_(Account.id.in_(names), Account.email_key.in_([email_key(n) for n in names]))
        pairs = core.db.execute(select(Account.id, Account.email_key).where(is_one))
        found.update((account_id, key) for account_id, key in pairs)
    return found


def _chunk(core: Core, wanted: Wanted, group: ColumnElement[bool]) -> int:
    """Make it due for the next ones of a group; returns how many, 0 when it is done."""
    with core.writing():
        chosen = core.db.scalars(
            select(Account)
            .where(group, *_concerned(wanted))
            .order_by(Account.id)
            .limit(CHUNK)
            # Locked, so that nobody changes a password, or gives a stronger reason, in between.
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).all()
        _make_due(core, wanted, chosen)
    return len(chosen)


def _concerned(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Match accounts with a password for which this reason is not noted yet.

    The weaker reason never takes the place of the stronger one.
    """
    missing: ColumnElement[bool] = Account.must_change.is_(None)
    if wanted.reason == Reason.COMPROMISE:
        missing = or_(missing, Account.must_change != Reason.COMPROMISE)
    matched: list[ColumnElement[bool]] = [
        Account.state.in_(HELD),
        Account.password_hash.is_not(None),
        missing,
    ]
    if wanted.changed_before:
        # Whoever was brought along has had the password since before that.
        changed = func.coalesce(Account.password_changed_at, Account.created_at)
        matched.append(changed < wanted.changed_before)
    return matched


def _make_due(core: Core, wanted: Wanted, chosen: Sequence[Account]) -> None:
    values: dict[str, Any] = {"must_change": wanted.reason}
    core.db.execute(
        update(Account)
        .where(Account.id.in_([account.id for account in chosen]))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    for account in chosen:
        if wanted.reason == Reason.COMPROMISE:
            # Whoever knows the password may be signed in with it.
            sessions.shut_out(core, account.id)
            links.drop(core, account.id)
        if wanted.tell and account.active:
            name = account.mail_name
            core.post.mail(account.email, MAILS[wanted.reason], account.locale, name=name)
        audit.note(
            core, "password.due", account.id, actor=audit.OPERATOR, reason=str(wanted.reason)
        )
