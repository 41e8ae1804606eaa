"""Signing in with e-mail address and password."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from idp.accounts import audit, limits, passwords, sessions
from idp.accounts.limits import Limit
from idp.accounts.models import Account, State
from idp.accounts.people import Meant, email_key, meant
from idp.accounts.renewal import Reason
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import Busy, PasswordVoid, WrongCredentials

log = logging.getLogger("idp.login")

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

    Raises WrongCredentials (unknown and wrong look and last alike), PasswordVoid, Throttled, Busy.
    """
    person = meant(core, attempt.username)
    limits.spend(core, TRIES, person.email_key or email_key(attempt.username), attempt.origin)
    fit = passwords.fits(core, person.own or person.anybodys, attempt.password)
    if not fit or person.own is None or person.state != State.ACTIVE:
        raise WrongCredentials
    _check_due(core, person)
    fresh = _rehashed(core, person.own, attempt.password)
    with core.writing():
        return _begin(core, person, attempt, before, fresh)


def _check_due(core: Core, person: Meant) -> None:
    """Refuse the right password where a new one must come through a link to today's address."""
    if person.must_change == Reason.COMPROMISE:
        raise PasswordVoid("password_compromised", email=person.email)
    if person.must_change and core.settings.password.renewal == "by_mail":
        raise PasswordVoid("password_renewed_by_mail", email=person.email)


def confirm(core: Core, account_id: str, password: str, origin: str) -> None:
    """Verify the password of somebody who is signed in already; counted like a sign-in."""
    account = core.db.get_one(Account, account_id)
    limits.spend(core, TRIES, account.email_key, origin)
    encoded = account.password_hash
    if encoded is None or not passwords.fits(core, encoded, password):
        raise WrongCredentials("wrong_current_password")
    fresh = _rehashed(core, encoded, password)
    with core.writing():
        limits.forgive(core, TRIES, account.email_key, origin)
        if fresh:
            _replace(core, account, encoded, fresh)


def _rehashed(core: Core, encoded: str, password: str) -> str | None:
    """Return a hash with the present parameters, if it is due and there is time for it."""
    if not core.hasher.outdated(encoded):
        return None
    with suppress(Busy):  # next time, then
        return core.hasher.renewed(passwords.bare(password))
    return None


def _replace(core: Core, account: Account, encoded: str, fresh: str) -> None:
    """Put the new hash of the same password in place, unless the password was changed meanwhile.

    What the database does not keep as it is would lock the person out: then the old one stays.
    """
    with core.db.begin_nested() as point:
        replaced = core.db.scalars(
            update(Account)
            .where(Account.id == account.id, Account.password_hash == encoded)
            .values(password_hash=fresh)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        stored = core.db.scalar(select(Account.password_hash).where(Account.id == account.id))
        if replaced and stored == fresh:
            # Whoever goes on with this account compares with what is stored now.
            set_committed_value(account, "password_hash", fresh)
        elif replaced:
            log.warning(
                "account %s: the new hash was not stored as it is, the old one stays", replaced
            )
            point.rollback()


def _begin(
    core: Core, person: Meant, attempt: Attempt, before: SignedIn | None, fresh: str | None
) -> Entered:
    # Whoever locked the account, or changed its password, in the meantime wins.
    account = core.db.scalars(
        select(Account)
        .where(
            Account.id == person.id,
            Account.state == State.ACTIVE,
            Account.password_hash == person.own,
            Account.must_change.is_not_distinct_from(person.must_change),
        )
        # Locked on PostgreSQL, so that it stays true until the session is there for them to end.
        .with_for_update(key_share=True)
    ).one_or_none()
    if account is None:
        raise WrongCredentials
    if fresh:
        _replace(core, account, str(person.own), fresh)
    limits.forgive(core, TRIES, account.email_key, attempt.origin)
    token = sessions.supersede(core, before, account.id) if before else None
    token = token or sessions.begin(core, account.id, attempt.device)
    audit.note(core, "login", account.id)
    return Entered(account.id, token)
