"""What is stored of passwords, and around them."""

from sqlalchemy import func, select, text

from idp.accounts import login, sessions
from idp.accounts.login import Attempt
from idp.accounts.models import Account, FormerPassword, Link, UserSession
from idp.core import Core
from idp.outbox import OutboxRow
from tests import people
from tests.people import PASSWORD, Member

# Each cuts a hash off that is being stored, as a column too short would.
SQLITE = """
CREATE TRIGGER too_short AFTER UPDATE OF password_hash ON account BEGIN
  UPDATE account SET password_hash = substr(new.password_hash, 1, 60) WHERE id = new.id;
END
"""
POSTGRESQL = """
CREATE FUNCTION too_short() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN new.password_hash := substr(new.password_hash, 1, 60); RETURN new; END';
CREATE TRIGGER too_short BEFORE UPDATE OF password_hash ON account
  FOR EACH ROW EXECUTE FUNCTION too_short()
"""


def break_storing(core: Core) -> None:
    """Let the database cut off every hash that is stored from now on."""
    sqlite = core.db.get_bind().dialect.name == "sqlite"
    core.db.execute(text(SQLITE if sqlite else POSTGRESQL))
    core.db.commit()


def stored(core: Core, account_id: str) -> str | None:
    """Return the hash."""
    people.fresh(core)
    return core.db.get_one(Account, account_id).password_hash


def rows(core: Core) -> list[int]:
    """Return how many rows each table holds; the last one is that of former passwords."""
    tables = (Account, Link, UserSession, OutboxRow, FormerPassword)
    found = [core.db.scalar(select(func.count()).select_from(table)) for table in tables]
    core.db.rollback()
    return [int(number or 0) for number in found]


def signed_in(core: Core, member: Member, password: str = PASSWORD) -> sessions.SignedIn:
    """Sign in and return the session."""
    entered = login.enter(core, Attempt(member.email, password, "", ""))
    found = sessions.find(core, entered.token)
    assert found
    return found
