"""Setting and verifying passwords; rules are in `policy/`, the hash function in `hashing.py`."""

from dataclasses import dataclass, field

from sqlalchemy import Select, delete, insert, literal, or_, select

from idp.accounts import leaks
from idp.accounts.models import Account, FormerPassword
from idp.accounts.people import subject_of
from idp.accounts.renewal import Reason
from idp.core import Core
from idp.errors import WeakPassword
from idp.plugins import Problem
from idp.policy import normal


class NotStored(Exception):
    """What the database holds is not the hash of the password that was chosen."""


@dataclass(frozen=True)
class Chosen:
    """A new password that is good enough: its hash, and the text to read the stored one back."""

    encoded: str
    text: str = field(repr=False)


def advice(core: Core, *, first: bool = False) -> tuple[Problem, ...]:
    """Return what is told before input; of former passwords not at somebody's `first` one."""
    most = 0 if first else core.settings.password.history
    former = (Problem("reused" if most > 1 else "reused_now", {"count": most}),) if most else ()
    return (*core.policy.advice(), *former)


def chosen(core: Core, account: Account, password: str) -> Chosen:
    """Judge a new password and hash it; before any transaction, for it takes long.

    Raises WeakPassword with everything wrong, Busy when too many hashes are waiting.
    """
    core.policy.require(password, subject_of(core, account))
    text = bare(password)
    if leaks.known(core, text):
        raise WeakPassword((Problem("common"),))
    if core.hasher.among(_used(core, account), text):
        raise WeakPassword((Problem("reused"),))
    return Chosen(core.hasher.hash(text), text)


def store(core: Core, account: Account, new: Chosen) -> None:
    """Put a new password in place, in the caller's transaction; whatever made it due is done.

    Raises NotStored, which undoes the transaction: better no change than one that locks out.
    """
    _remember(core, account)
    account.password_hash, account.must_change = new.encoded, None
    account.password_changed_at = account.updated_at = core.clock.now()
    core.db.flush()
    stored = core.db.scalar(select(Account.password_hash).where(Account.id == account.id))
    if stored is None or not core.hasher.stored(stored, new.text):
        raise NotStored(account.id)


def fits(core: Core, encoded: str | None, password: str) -> bool:
    """Verify a password as typed or pasted.

    Other software hashed what was typed, blanks and all; so both forms are tried, whatever the
    first says: that takes equally long.
    """
    forms = [bare(password)]
    if encoded and ":" in encoded and password != forms[0]:
        forms.append(password)
    fitting = [core.hasher.verify(encoded, form) for form in forms]
    return any(fitting)


def bare(password: str) -> str:
    """Return the one form that is hashed and verified.

    Blanks at the ends come from copying; the rule `edges` refuses them when a password is set, but
    a profile with rules of its own may do without it.
    """
    return normal(password).strip()


def _used(core: Core, account: Account) -> list[str]:
    """Return the hashes that a new password must not fit: what others may know, and the last."""
    most = core.settings.password.history
    former = core.db.scalars(
        select(FormerPassword.encoded).where(
            FormerPassword.account_id == account.id,
            or_(FormerPassword.exposed, FormerPassword.id.in_(_latest(core, account))),
        )
    )
    present = account.password_hash if most else None
    return [encoded for encoded in (present, *former) if encoded]


def _latest(core: Core, account: Account) -> Select[int]:
    """Select as many former passwords as are asked for, beside the present one."""
    return (
        select(FormerPassword.id)
        .where(FormerPassword.account_id == account.id)
        .order_by(FormerPassword.id.desc())
        .limit(max(0, core.settings.password.history - 1))
    )


def _remember(core: Core, account: Account) -> None:
    """Keep the hash that is about to be replaced, and no more of them than are asked for."""
    exposed = account.must_change == Reason.COMPROMISE
    if exposed or core.settings.password.history > 1:
        present = select(Account.id, Account.password_hash, literal(exposed)).where(
            Account.id == account.id, Account.password_hash.is_not(None)
        )
        columns = ["account_id", "encoded", "exposed"]
        core.db.execute(insert(FormerPassword).from_select(columns, present))
    core.db.execute(
        delete(FormerPassword)
        .where(
            FormerPassword.account_id == account.id,
            FormerPassword.id.not_in(_latest(core, account)),
            ~FormerPassword.exposed,
        )
        .execution_options(synchronize_session=False)
    )
