"""The mailed link of a registration: choose a password and the account is active."""

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from idp.accounts import audit, floods, links, passwords, register, sessions
from idp.accounts.links import Purpose
from idp.accounts.models import Account, State
from idp.accounts.passwords import Chosen
from idp.core import Core
from idp.errors import LinkDead


def finish(core: Core, token: str, password: str, device: str) -> str:
    """Activate the account, set its password, sign the browser in; returns the session's cookie.

    Other registrations of the address, and their links, are gone afterwards. Raises LinkDead or
    WeakPassword; the link is spent by success only.
    """
    account = links.account_behind(core, token)
    chosen = passwords.chosen(core, account, password)
    try:
        with core.writing():
            _alone(core, account.email_key)
            _activate(core, links.spend(core, token, Purpose.ACTIVATE), chosen)
            return sessions.begin(core, account.id, device)
    except IntegrityError as error:
        # A rival registration of the same address was faster on another connection.
        raise LinkDead("link_used", purpose=Purpose.ACTIVATE) from error


def _alone(core: Core, email_key: str) -> None:
    """Wait for rivals: each would delete what the other is just updating (a deadlock)."""
    rivals = select(Account.id).where(Account.email_key == email_key).order_by(Account.id)
    core.db.scalars(rivals.with_for_update()).all()


def _activate(core: Core, account_id: str, chosen: Chosen) -> None:
    account = core.db.get_one(Account, account_id, populate_existing=True)
    now = core.clock.now()
    if account.state != State.PENDING:
        raise LinkDead("link_used", purpose=Purpose.ACTIVATE)
    account.state = State.ACTIVE
    account.email_verified_at = account.updated_at = now
    passwords.store(core, account, chosen)
    links.drop(core, account_id)
    core.db.execute(
        delete(Account).where(
            Account.email_key == account.email_key, Account.state == State.PENDING
        )
    )
    audit.note(core, "account.activated", account_id)


def renew(core: Core, token: str, origin: str) -> None:
    """Send a new link for one that is over, as `origin` (a network address) asks.

    Says nothing when it opens nothing any more. Raises LinkDead, or Throttled.
    """
    account = links.owner(core, token, Purpose.ACTIVATE)
    if account is None:
        raise LinkDead("link_unknown")
    room = floods.allowed(core, "renew", account.email, origin)
    with core.writing():
        if room and account.state == State.PENDING:
            register.send_link(core, account, account.locale)
        else:
            core.post.nothing()
