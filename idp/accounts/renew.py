"""A password that is due: somebody who is signed in chooses a new one before anything else."""

from datetime import timedelta

from sqlalchemy import update

from idp.accounts import change, login, passwords
from idp.accounts.models import Account
from idp.accounts.renewal import Reason
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Refused

# Who has typed the old password so recently need not type it again.
FRESH = timedelta(minutes=5)


def asks_current(core: Core, who: SignedIn) -> bool:
    """Tell whether the old password is asked for."""
    return core.clock.now() - who.auth_time > FRESH


def password(core: Core, who: SignedIn, current: str, new: str, origin: str) -> str:
    """Set `new`, end all other sessions and their grants; returns this browser's new cookie.

    Raises WrongCredentials, Throttled, WeakPassword, Refused when nothing would change, or
    NotAllowed when no password is due: else this was a way around the old one.
    """
    if asks_current(core, who):
        login.confirm(core, who.account_id, current, origin)
    account = core.db.get_one(Account, who.account_id)
    before = account.password_hash
    if passwords.fits(core, before, new):
        raise Refused("password_unchanged")
    chosen = passwords.chosen(core, account, new)
    with core.writing():
        due = core.db.scalars(
            update(Account)
            .where(
                Account.id == account.id,
                Account.must_change == Reason.POLICY,
                Account.password_hash == before,
            )
            .values(must_change=None)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if due is None:
            raise NotAllowed("password_not_due")
        return change.put(core, who, account, chosen, "password.renewed")
