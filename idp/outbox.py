"""Things to deliver: written in the transaction that causes them, leased, retried, delivered once.

The payload is sealed, and erased on delivery. What to do with a row is the worker's business
(`worker/deliver.py`); how a mail looks is `mail/`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, String, and_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from idp.clock import Chance, Clock
from idp.db import Base
from idp.seal import Vault

LEASE = timedelta(minutes=2)
# Waiting times after the first, second … failure; then the row waits for the operator.
DELAYS = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 7200, 14400, 28800))
# What waits for somebody who is away is given up when the tries of a row would have ended.
PATIENCE = sum(DELAYS, timedelta())


class Kind(StrEnum):
    """What a row holds."""

    MAIL = "mail"
    LETTER = "letter"
    # To tell an application that a session, or what it was given, has ended.
    LOGOUT = "logout"
    # Written where a known address would have caused a mail, so that both look alike.
    NOTHING = "nothing"


class OutboxRow(Base):
    """One thing to deliver."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", postgresql_where=text("delivered_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Due:
    """A leased row, still sealed: one that cannot be opened must not stop the others."""

    id: str
    kind: Kind
    tries: int
    created_at: datetime
    sealed: str
    lease: str
    vault: Vault

    @property
    def payload(self) -> Mapping[str, Any]:
        """Return what is to be delivered; raises SealBroken when the row was changed."""
        opened: Mapping[str, Any] = json.loads(self.vault.open(f"outbox:{self.id}", self.sealed))
        return opened


@dataclass(frozen=True)
class Outbox:
    """Writes, leases and closes rows. Commits nothing: the caller's transaction does."""

    db: scoped_session[Session]
    vault: Vault
    clock: Clock
    chance: Chance

    def mail(self, to: str, template: str, locale: str, **facts: object) -> str:
        """Write a mail made of `templates/mail/<template>` with `facts` (JSON values)."""
        return self._put(
            Kind.MAIL, {"to": to, "template": template, "locale": locale, "facts": facts}
        )

    def letter(self, facts: Mapping[str, object]) -> str:
        """Write a letter made of `facts` (JSON values, see `pin/letter.py`)."""
        return self._put(Kind.LETTER, dict(facts))

    def logout(self, client_id: str, sid: str, sub: str) -> str:
        """Write that a person was signed out of an application; signed at delivery."""
        return self._put(Kind.LOGOUT, {"client_id": client_id, "sid": sid, "sub": sub})

    def nothing(self) -> str:
        """Write a row that is thrown away at delivery."""
        return self._put(Kind.NOTHING, {})

    def sealed_mail(
        self, to: str, template: str, locale: str, facts: Mapping[str, object]
    ) -> tuple[str, str]:
        """Return id and payload of a mail whose row is written later, with many others."""
        return self._sealed({"to": to, "template": template, "locale": locale, "facts": facts})

    def _sealed(self, payload: Mapping[str, object]) -> tuple[str, str]:
        row_id = self.chance.token(16)
        return row_id, self.vault.seal(f"outbox:{row_id}", json.dumps(payload).encode())

    def _put(self, kind: Kind, payload: Mapping[str, object]) -> str:
        now, (row_id, sealed) = self.clock.now(), self._sealed(payload)
        self.db.add(
            OutboxRow(id=row_id, kind=kind, payload=sealed, created_at=now, due_at=now, tries=0)
        )
        return row_id

    def lease(self, most: int, kinds: Iterable[Kind] = tuple(Kind)) -> list[Due]:
        """Take up to `most` due rows for `LEASE`; nobody else gets them in that time."""
        now, lease = self.clock.now(), self.chance.token(16)
        picked, due = _picked(most, kinds, now)
        rows = self.db.execute(
            update(OutboxRow)
            # SKIP LOCKED on PostgreSQL; the same condition again decides on SQLite.
            .where(OutboxRow.id.in_(picked), due)
            .values(due_at=now + LEASE, lease=lease, tries=OutboxRow.tries + 1)
            .returning(
                OutboxRow.id,
                OutboxRow.kind,
                OutboxRow.tries,
                OutboxRow.created_at,
                OutboxRow.payload,
            )
            .execution_options(synchronize_session=False)
        ).all()
        return [
            Due(row.id, Kind(row.kind), row.tries, row.created_at, row.payload, lease, self.vault)
            for row in rows
        ]

    def delivered(self, due: Due) -> None:
        """Close a row and erase its payload."""
        self._close(due, payload=None, delivered_at=self.clock.now(), error=None)

    def failed(self, due: Due, error: str) -> None:
        """Plan the next try, or give up after the last; `error` holds no content."""
        last = due.tries > len(DELAYS)
        now = self.clock.now()
        later = now if last else now + DELAYS[due.tries - 1]
        self._close(due, due_at=later, error=error, failed_at=now if last else None)

    def postponed(self, due: Due, until: datetime) -> None:
        """Let a row wait that was not tried; one that has waited all its time is given up."""
        now = self.clock.now()
        if now - due.created_at > PATIENCE:
            self._close(due, due_at=now, error="gave_up_waiting", failed_at=now)
        else:
            self._close(due, due_at=until, tries=due.tries - 1)

    def _close(self, due: Due, **values: object) -> None:
        # Only who holds the lease may say what became of the row; it may have run out meanwhile.
        self.db.execute(
            update(OutboxRow)
            .where(OutboxRow.id == due.id, OutboxRow.lease == due.lease)
            .values(lease=None, **values)
            .execution_options(synchronize_session=False)
        )


def _picked(
    most: int, kinds: Iterable[Kind], now: datetime
) -> tuple[Select[tuple[str]], ColumnElement[bool]]:
    """Return the ids of due rows, the oldest first, and the condition that makes them due."""
    due = and_(
        OutboxRow.kind.in_(kinds),
        OutboxRow.due_at <= now,
        OutboxRow.delivered_at.is_(None),
        OutboxRow.failed_at.is_(None),
    )
    rows = select(OutboxRow.id).where(due).order_by(OutboxRow.due_at).limit(most)
    # A CTE is evaluated once; PostgreSQL may repeat a subquery, and then exceeds its LIMIT.
    picked = rows.with_for_update(skip_locked=True).cte("picked")
    return select(picked.c.id), due
