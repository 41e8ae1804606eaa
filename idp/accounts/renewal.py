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

from sqlalchemy import ColumnElement, func, or_, select, update

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
    return [who for who in people if core.db.scalar(select(Account.id).where(_is(who))) is None]


def count(core: Core, wanted: Wanted) -> int:
    """Return for how many a new password would become due."""
    return int(core.db.scalar(select(func.count(Account.id)).where(*_concerned(wanted))) or 0)


def start(core: Core, wanted: Wanted, step: Callable[[int], None] = lambda _done: None) -> int:
    """Make a new password due and mail those it concerns; returns how many they are.

    In transactions of `CHUNK` people, `step` is told after each: stopped in the middle, it goes on
    where it was when started again. Raises NotAllowed when nobody is named.
    """
    if not (wanted.people or wanted.everybody or wanted.changed_before):
        raise NotAllowed("renewal_of_nobody")
    done = 0
    while True:
        with core.writing():
            chosen = core.db.scalars(
                select(Account).where(*_concerned(wanted)).order_by(Account.id).limit(CHUNK)
            ).all()
            _make_due(core, wanted, chosen)
        done += len(chosen)
        step(len(chosen))
        if len(chosen) < CHUNK:
            return done


def _concerned(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Match accounts with a password for which this reason is not noted yet.

    The weaker reason never takes the place of the stronger one.
    """
    missing: ColumnElement[bool] = Account.must_change.is_(None)
    if wanted.reason == Reason.COMPROMISE:
        missing = or_(missing, Account.must_change != Reason.COMPROMISE)
    matched: list[ColumnElement[bool]] = [
        Account.state.in_((State.ACTIVE, State.LOCKED)),
        Account.password_hash.is_not(None),
        missing,
    ]
    if wanted.people:
        matched.append(or_(*(_is(who) for who in wanted.people)))
    if wanted.changed_before:
        matched.append(Account.password_changed_at < wanted.changed_before)
    return matched


def _is(who: str) -> ColumnElement[bool]:
    return or_(Account.id == who, Account.email_key == email_key(who))


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
        if wanted.tell:
            core.post.mail(account.email, MAILS[wanted.reason], account.locale, name=account.name)
        audit.note(
            core, "password.due", account.id, actor=audit.OPERATOR, reason=str(wanted.reason)
        )
