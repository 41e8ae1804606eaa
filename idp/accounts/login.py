"""Signing in with e-mail address and password."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from idp.accounts import audit, limits, passwords, sessions
from idp.accounts.limits import Limit
from idp.accounts.models import Account, State
from idp.accounts.people import by_email, email_key
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import WrongCredentials

# Five tries are free, then each waits twice as long, up to 15 minutes. Counted per name and
# place of origin, so that a stranger elsewhere can never keep the owner out.
TRIES = Limit("login", most=1000, window=timedelta(hours=24), free=5, longest=timedelta(minutes=15))


@dataclass(frozen=True)
class Attempt:
    """A filled login form; `origin` is the known device, else the network address."""

    username: str
    password: str
    origin: str
    device: str


@dataclass(frozen=True)
class Entered:
    """A person who signed in; `token` is the new session's cookie value."""

    account_id: str
    token: str


def enter(core: Core, attempt: Attempt, before: SignedIn | None = None) -> Entered:
    """Verify and begin a session; `before` is who was signed in in this browser.

    Raises WrongCredentials (unknown and wrong look and last alike), Throttled, Busy.
    """
    limits.spend(core, TRIES, email_key(attempt.username), attempt.origin)
    account = by_email(core, attempt.username)
    usable = account if account and account.active else None
    if not passwords.fits(core, usable.password_hash if usable else None, attempt.password):
        raise WrongCredentials
    if usable is None or usable.password_hash is None:
        raise WrongCredentials
    fresh = _rehashed(core, usable.password_hash, attempt.password)
    with core.writing():
        return _begin(core, usable, attempt, before, fresh)


def confirm(core: Core, account_id: str, password: str, origin: str) -> None:
    """Verify the password of somebody who is signed in already; counted like a sign-in."""
    account = core.db.get_one(Account, account_id)
    limits.spend(core, TRIES, account.email_key, origin)
    if not passwords.fits(core, account.password_hash, password):
        raise WrongCredentials("wrong_current_password")
    limits.forgive(core, TRIES, account.email_key, origin)


def _rehashed(core: Core, encoded: str, password: str) -> str | None:
    return core.hasher.hash(passwords.bare(password)) if core.hasher.outdated(encoded) else None


def _begin(
    core: Core, account: Account, attempt: Attempt, before: SignedIn | None, fresh: str | None
) -> Entered:
    # Whoever locked the account, or changed its password, in the meantime wins.
    still = core.db.scalars(
        select(Account.id)
        .where(
            Account.id == account.id,
            Account.state == State.ACTIVE,
            Account.password_hash == account.password_hash,
        )
        # Locked on PostgreSQL, so that it stays true until the session is there for them to end.
        .with_for_update(key_share=True)
    ).one_or_none()
    if still is None:
        raise WrongCredentials
    if fresh:
        core.db.execute(update(Account).where(Account.id == account.id).values(password_hash=fresh))
    limits.forgive(core, TRIES, account.email_key, attempt.origin)
    token = sessions.supersede(core, before, account.id) if before else None
    token = token or sessions.begin(core, account.id, attempt.device)
    audit.note(core, "login", account.id)
    return Entered(account.id, token)
