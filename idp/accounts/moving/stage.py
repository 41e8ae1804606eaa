"""Rows that wait until all of their file are there, in small transactions that stop nobody.

An import that broke off goes on after the last line that waits. Two of the same file at once are
told apart by one statement: only who knows the last line may add to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from idp.accounts.models import State
from idp.accounts.moving.models import AccountImport, AccountImportName, AccountImportRow
from idp.accounts.moving.rows import Entry
from idp.core import Core
from idp.errors import NotAllowed

# Lines that are read, or removed, at once.
WINDOW = 5000


@dataclass(frozen=True)
class Staging:
    """How far an import has come."""

    id: str
    line: int
    rows: int
    published_at: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """A row that waits: its names count when others are compared with them."""

    line: int
    email_key: str
    password_hash: str | None


def begin(core: Core, import_id: str) -> Staging:
    """Begin an import, or find out how far it has come."""
    now = core.clock.now()
    fresh = {"id": import_id, "line": 0, "rows": 0, "created_at": now, "updated_at": now}
    mine = AccountImport.id == import_id
    try:
        with core.writing():
            if core.db.scalar(select(AccountImport.id).where(mine)) is None:
                core.db.execute(insert(AccountImport).values(fresh))
    except IntegrityError:
        # The same file is being imported elsewhere; who adds the first rows goes on.
        core.db.rollback()
    # One statement, one moment: another process may be adding rows.
    waiting = select(func.count()).where(AccountImportRow.import_id == import_id).scalar_subquery()
    *found, rows = core.db.execute(
        select(
            AccountImport.id, AccountImport.line, AccountImport.rows, AccountImport.published_at,
            waiting,
        ).where(mine)
    ).one()  # fmt: skip
    staging = Staging(*found)
    if staging.published_at is None and rows != staging.rows:
        # Their removal broke off.
        clear(core, staging, forget=True)
        return begin(core, import_id)
    return staging


def add(core: Core, staging: Staging, entries: list[Entry], *, invite: bool) -> Staging:
    """Let rows wait; raises NotAllowed when another import of this file has gone on meanwhile."""
    line, rows = entries[-1].line, staging.rows + len(entries)
    found = [(entry, core.chance.token(16)) for entry in entries]
    with core.writing():
        mine = core.db.scalars(
            update(AccountImport)
            .where(
                AccountImport.id == staging.id,
                AccountImport.line == staging.line,
                AccountImport.published_at.is_(None),
            )
            .values(line=line, rows=rows, updated_at=core.clock.now())
            .returning(AccountImport.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if mine is None:
            raise NotAllowed("import_running")
        core.db.execute(
            insert(AccountImportRow),
            [_row(core, staging.id, entry, sub, invite) for entry, sub in found],
        )
        names = [name for entry, sub in found for name in _names(staging.id, entry, sub)]
        if names:
            core.db.execute(insert(AccountImportName), names)
    return replace(staging, line=line, rows=rows)


def _row(core: Core, import_id: str, entry: Entry, sub: str, invite: bool) -> dict[str, object]:
    values = {name: value for name, value in vars(entry).items() if name != "names"}
    mail_id = mail = None
    if invite and entry.state == State.ACTIVE and entry.password_hash is None:
        # Nothing that somebody wrote about himself goes to an address that is not confirmed.
        name = entry.name if entry.email_verified_at else ""
        mail_id, mail = core.post.sealed_mail(
            entry.email, "welcome_invite", entry.locale, {"name": name}
        )
    return values | {"import_id": import_id, "account_id": sub, "mail_id": mail_id, "mail": mail}


def _names(import_id: str, entry: Entry, sub: str) -> Iterator[dict[str, object]]:
    for kind, key in entry.names:
        yield {"import_id": import_id, "line": entry.line, "kind": kind, "key": key,
               "account_id": sub}  # fmt: skip


def waiting(core: Core, staging: Staging) -> Iterator[Waiting]:
    """Return the rows that wait already."""
    row = AccountImportRow
    columns = select(row.line, row.email_key, row.password_hash).where(row.import_id == staging.id)
    for lines in _windows(staging, row.line):
        yield from (Waiting(*found) for found in core.db.execute(columns.where(lines)))


def waiting_names(core: Core, staging: Staging) -> Iterator[tuple[int, str, str]]:
    """Return line, kind and key of the names that wait already."""
    name = AccountImportName
    columns = select(name.line, name.kind, name.key).where(name.import_id == staging.id)
    for lines in _windows(staging, name.line):
        yield from ((line, kind, key) for line, kind, key in core.db.execute(columns.where(lines)))


def ids(core: Core, staging: Staging) -> Iterator[tuple[int, str]]:
    """Return each line and the account that was made of it, in their order."""
    row = AccountImportRow
    columns = select(row.line, row.account_id).where(row.import_id == staging.id).order_by(row.line)
    for lines in _windows(staging, row.line):
        yield from ((line, made) for line, made in core.db.execute(columns.where(lines)))


def _windows(staging: Staging, line: InstrumentedAttribute[int]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together match all lines, so that no statement takes or holds all."""
    for start in range(0, staging.line + 1, WINDOW):
        yield line.between(start, start + WINDOW - 1)


def clear(core: Core, staging: Staging, *, forget: bool) -> None:
    """Remove the rows that wait, and with `forget` that there ever was an import."""
    name, row = AccountImportName, AccountImportRow
    windows = (_windows(staging, name.line), _windows(staging, row.line))
    for names, rows in zip(*windows, strict=True):
        gone = (
            delete(name).where(name.import_id == staging.id, names),
            delete(row).where(row.import_id == staging.id, rows),
        )
        with core.writing():
            for statement in gone:
                core.db.execute(statement.execution_options(synchronize_session=False))
    if forget:
        with core.writing():
            core.db.execute(
                delete(AccountImport)
                .where(AccountImport.id == staging.id)
                .execution_options(synchronize_session=False)
            )
