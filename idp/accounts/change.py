"""A new password, chosen by somebody who is signed in."""

from idp.accounts import audit, grants, links, login, passwords, sessions
from idp.accounts.models import Account
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import Refused


def password(core: Core, who: SignedIn, current: str, new: str, origin: str) -> str:
    """Set `new`, end all other sessions and their grants; returns this browser's new cookie.

    Raises WrongCredentials, Throttled, WeakPassword, or Refused when nothing would change.
    """
    login.confirm(core, who.account_id, current, origin)
    if passwords.bare(current) == passwords.bare(new):
        raise Refused("password_unchanged")
    account = core.db.get_one(Account, who.account_id)
    encoded = passwords.chosen(core, account, new)
    with core.writing():
        passwords.store(core, account, encoded)
        links.drop(core, account.id)
        sessions.end_all(core, account.id, spare=who.session_id)
        grants.of_account(core, account.id, spare_session=who.session_id)
        token = sessions.renew(core, who.session_id)
        core.post.mail(account.email, "password_changed", account.locale, name=account.name)
        audit.note(core, "password.changed", account.id)
        return token
