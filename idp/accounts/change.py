"""A new password, chosen by somebody who is signed in."""

from idp.accounts import audit, links, login, passwords, sessions
from idp.accounts.models import Account
from idp.accounts.passwords import Chosen
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
    chosen = passwords.chosen(core, account, new)
    with core.writing():
        return put(core, who, account, chosen, "password.changed")


def put(core: Core, who: SignedIn, account: Account, new: Chosen, kind: str) -> str:
    """Put a new password in place, in the caller's transaction; returns this browser's new cookie.

    Open links and all other sessions end, with what they gave to applications; a mail tells it.
    """
    passwords.store(core, account, new)
    links.drop(core, account.id)
    sessions.shut_out(core, account.id, spare=who.session_id)
    token = sessions.renew(core, who.session_id)
    core.post.mail(account.email, "password_changed", account.locale, name=account.mail_name)
    audit.note(core, kind, account.id)
    return token
