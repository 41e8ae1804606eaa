"""The one transaction that turns the waiting rows of a file into accounts: all of them or none.

The database copies from table to table, so that it takes seconds, not minutes: on SQLite nobody
else writes meanwhile.
"""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    SQLColumnExpression,
    delete,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from idp.accounts import audit
from idp.accounts.models import Account, AccountName, NameKind, State
from idp.accounts.moving.files import RowProblem
from idp.accounts.moving.models import AccountImport, AccountImportName, AccountImportRow
from idp.accounts.moving.seen import COLUMNS
from idp.accounts.moving.stage import Staging
from idp.core import Core
from idp.errors import NotAllowed
from idp.outbox import Kind, OutboxRow

# Any number, as long as it stays the same: one publishes, others wait.
LOCK = 0x6964_7001
# Told at most, of each kind.
MOST = 1000
COPIED = ("state", "email", "email_key", "email_verified_at", "given_name", "family_name",
          "locale", "password_hash", "claims", "created_at")  # fmt: skip


class _Taken(Exception):
    """Somebody has one of these names already; undoes the transaction."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


def publish(core: Core, staging: Staging) -> list[RowProblem]:
    """Make the accounts; returns what stands against it, and then nothing has happened."""
    try:
        with core.writing():
            _publish(core, staging)
    except _Taken as taken:
        return taken.problems
    except IntegrityError:
        # Somebody registered one of the addresses at this very moment.
        problems = list(_taken(core, staging.id))
        if not problems:
            raise
        return problems
    return []


def _publish(core: Core, staging: Staging) -> None:
    if core.db.get_bind().dialect.name == "postgresql":
        core.db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    _claim(core, staging)
    _drop_rivals(core, staging.id)
    problems = list(_taken(core, staging.id))
    if problems:
        raise _Taken(problems)
    _copy(core, staging)
    audit.note(core, "accounts.imported", None, actor=audit.OPERATOR, rows=staging.rows)


def _claim(core: Core, staging: Staging) -> None:
    """Let one publish, and only what it has seen."""
    mine = core.db.scalars(
        update(AccountImport)
        .where(
            AccountImport.id == staging.id,
            AccountImport.line == staging.line,
            AccountImport.published_at.is_(None),
        )
        .values(published_at=core.clock.now(), updated_at=core.clock.now())
        .returning(AccountImport.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if mine is None:
        raise NotAllowed("import_running")


def _drop_rivals(core: Core, import_id: str) -> None:
    """Remove registrations that wait for one of the addresses: it has an owner now.

    Before anything is inserted, so that an activation that is under way is waited for here.
    """
    keys = select(AccountImportRow.email_key).where(AccountImportRow.import_id == import_id)
    core.db.execute(
        delete(Account)
        .where(Account.email_key.in_(keys), Account.state == State.PENDING)
        .execution_options(synchronize_session=False)
    )


def _taken(core: Core, import_id: str) -> Iterator[RowProblem]:
    """Yield the lines whose names belong to somebody."""
    row, name, other = AccountImportRow, AccountImportName, aliased(AccountName)
    owned = Account.state != State.PENDING
    own: list[Select[int]] = [
        select(row.line).join(Account, Account.email_key == row.email_key).where(owned),
        select(row.line).join(other, _same(other, literal(NameKind.EMAIL.value), row.email_key)),
    ]
    for query in own:
        for line in core.db.scalars(query.where(row.import_id == import_id).limit(MOST)):
            yield RowProblem(line, "email", "address_taken")
    former: list[Select[int, str]] = [
        select(name.line, name.kind)
        .join(Account, Account.email_key == name.key)
        .where(owned, name.kind == NameKind.EMAIL),
        select(name.line, name.kind)
        .join(other, _same(other, name.kind, name.key))
        .where(name.kind.in_(COLUMNS)),
    ]
    for pair in former:
        for line, kind in core.db.execute(pair.where(name.import_id == import_id).limit(MOST)):
            yield RowProblem(line, *COLUMNS[NameKind(kind)])


def _same(
    other: type[AccountName], kind: SQLColumnExpression[str], key: SQLColumnExpression[str]
) -> ColumnElement[bool]:
    return (other.kind == kind) & (other.key == key)


def _copy(core: Core, staging: Staging) -> None:
    import_id, row, name = staging.id, AccountImportRow, AccountImportName
    mine, now = row.import_id == import_id, literal(core.clock.now(), Account.updated_at.type)
    copied = [getattr(row, column) for column in COPIED]
    accounts = select(row.account_id, *copied, now).where(mine)
    columns = ["id", *COPIED, "updated_at"]
    made = core.db.execute(
        insert(Account).from_select(columns, accounts),
        # Else psycopg's count is lost.
        execution_options={"preserve_rowcount": True},
    )
    if cast("CursorResult[Any]", made).rowcount != staging.rows:
        # Another process is removing them, as those of a file that was refused.
        raise NotAllowed("import_running")
    names = select(name.kind, name.key, name.account_id).where(name.import_id == import_id)
    core.db.execute(insert(AccountName).from_select(["kind", "key", "account_id"], names))
    mails = select(row.mail_id, literal(Kind.MAIL.value), row.mail, now, now, literal(0)).where(
        mine, row.mail_id.is_not(None)
    )
    columns = ["id", "kind", "payload", "created_at", "due_at", "tries"]
    core.db.execute(insert(OutboxRow).from_select(columns, mails))
