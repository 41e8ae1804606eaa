"""What operators do with accounts: add, find, lock, unlock."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from idp.accounts import audit, links, passwords, register, sessions
from idp.accounts.models import Account, AccountName, NameKind, State
from idp.accounts.passwords import Chosen
from idp.accounts.people import by_email, email_key
from idp.core import Core
from idp.errors import NotAllowed


@dataclass(frozen=True)
class Person:
    """Whose account it is."""

    email: str
    given_name: str
    family_name: str
    locale: str = "de"


def add(core: Core, person: Person, password: str | None = None) -> Account:
    """Add an account: active with a password, else pending with a mailed link to choose one.

    Raises NotAllowed for an address that is taken or none, WeakPassword.
    """
    account = _new(core, person)
    chosen = passwords.chosen(core, account, password) if password is not None else None
    try:
        with core.writing():
            if by_email(core, account.email):
                raise NotAllowed("account_exists")
            core.db.add(account)
            core.db.flush()
            if chosen is None:
                register.send_link(core, account, account.locale)
            else:
                _activate(core, account, chosen)
            audit.note(core, "account.added", account.id, actor=audit.OPERATOR)
    except IntegrityError as error:
        raise NotAllowed("account_exists") from error
    return account


def find(core: Core, who: str) -> list[Account]:
    """Return the accounts with this address or id, or another name from before moving house.

    Waiting registrations of an address, and the people of a customer number, may be several.
    """
    other = select(AccountName.account_id).where(
        AccountName.kind.in_(NameKind), AccountName.key.in_({who.strip(), email_key(who)})
    )
    named = or_(Account.id == who, Account.email_key == email_key(who), Account.id.in_(other))
    query = select(Account).where(named)
    return list(core.db.scalars(query.order_by(Account.created_at)))


def lock(core: Core, who: str) -> Account:
    """Lock an active account: its sessions, grants and open links end now. Raises NotAllowed."""
    with core.writing():
        account = _move(core, who, State.ACTIVE, State.LOCKED)
        sessions.shut_out(core, account.id)
        links.drop(core, account.id)
        audit.note(core, "account.locked", account.id, actor=audit.OPERATOR)
    return account


def unlock(core: Core, who: str) -> Account:
    """Unlock a locked account; its password is still the same. Raises NotAllowed."""
    with core.writing():
        account = _move(core, who, State.LOCKED, State.ACTIVE)
        audit.note(core, "account.unlocked", account.id, actor=audit.OPERATOR)
    return account


def _new(core: Core, person: Person) -> Account:
    try:
        email = validate_email(
            person.email.strip(), check_deliverability=False, test_environment=True, strict=True
        ).normalized
    except EmailNotValidError as error:
        raise NotAllowed("email_invalid") from error
    now = core.clock.now()
    return Account(
        id=core.chance.token(16),
        state=State.PENDING,
        email=email,
        email_key=email_key(email),
        given_name=person.given_name,
        family_name=person.family_name,
        locale=person.locale,
        created_at=now,
        updated_at=now,
    )


def _activate(core: Core, account: Account, chosen: Chosen) -> None:
    """Open the account; registrations that wait for the same address have lost."""
    account.state = State.ACTIVE
    account.email_verified_at = core.clock.now()
    passwords.store(core, account, chosen)
    core.db.execute(
        delete(Account)
        .where(Account.email_key == account.email_key, Account.state == State.PENDING)
        .execution_options(synchronize_session=False)
    )


def _move(core: Core, who: str, old: State, new: State) -> Account:
    found = core.db.scalars(
        update(Account)
        .where(or_(Account.id == who, Account.email_key == email_key(who)), Account.state == old)
        .values(state=new, updated_at=core.clock.now())
        .returning(Account)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotAllowed("account_unknown", state=str(old))
    return found
