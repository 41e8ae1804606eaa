"""Rows that wait until all of their file are there, in small transactions that stop nobody.

An import that broke off goes on after the last line that waits. Two of the same file at once are
told apart by one statement: only who knows the last line may add to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.accounts.models import State
from idp.accounts.moving.models import AccountImport, AccountImportName, AccountImportRow
from idp.accounts.moving.rows import Entry
from idp.core import Core
from idp.errors import NotAllowed

# Lines of one transaction when waiting rows are removed.
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


def waiting(core: Core, import_id: str) -> Iterator[Waiting]:
    """Return the rows that wait already."""
    rows = core.db.execute(
        select(
            AccountImportRow.line, AccountImportRow.email_key, AccountImportRow.password_hash
        ).where(AccountImportRow.import_id == import_id),
        execution_options={"yield_per": WINDOW},
    )
    return (Waiting(*row) for row in rows)


def waiting_names(core: Core, import_id: str) -> Iterator[tuple[int, str, str]]:
    """Return line, kind and key of the names that wait already."""
    rows = core.db.execute(
        select(AccountImportName.line, AccountImportName.kind, AccountImportName.key).where(
            AccountImportName.import_id == import_id
        ),
        execution_options={"yield_per": WINDOW},
    )
    return ((line, kind, key) for line, kind, key in rows)


def ids(core: Core, import_id: str) -> Iterator[tuple[int, str]]:
    """Return each line and the account that was made of it."""
    rows = core.db.execute(
        select(AccountImportRow.line, AccountImportRow.account_id)
        .where(AccountImportRow.import_id == import_id)
        .order_by(AccountImportRow.line),
        execution_options={"yield_per": WINDOW},
    )
    return ((line, account_id) for line, account_id in rows)


def clear(core: Core, staging: Staging, *, forget: bool) -> None:
    """Remove the rows that wait, and with `forget` that there ever was an import."""
    for start in range(0, staging.line + 1, WINDOW):
        with core.writing():
            for table in (AccountImportName, AccountImportRow):
                core.db.execute(
                    delete(table)
                    .where(
                        table.import_id == staging.id,
                        table.line.between(start, start + WINDOW - 1),
                    )
                    .execution_options(synchronize_session=False)
                )
    if forget:
        with core.writing():
            core.db.execute(
                delete(AccountImport)
                .where(AccountImport.id == staging.id)
                .execution_options(synchronize_session=False)
            )
