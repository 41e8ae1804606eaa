"""Grants: what an application was given for a person. Codes and tokens hang on them.

Below `pin` and `oauth`, so that reset, lock and unlink end them in their own transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, update
from sqlalchemy.orm import Mapped, mapped_column

from idp.core import Core
from idp.db import Base


class Grant(Base):
    """One authorization response; what a token says of the sign-in stands here."""

    __tablename__ = "grant"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    client_id: Mapped[str] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[str] = mapped_column(index=True)
    sid: Mapped[str]
    membership_id: Mapped[str | None] = mapped_column(
        ForeignKey("membership.id", ondelete="SET NULL"), index=True
    )
    scope: Mapped[str] = mapped_column(String(1000))
    auth_time: Mapped[datetime]
    acr: Mapped[str]
    amr: Mapped[list[str]]
    nonce: Mapped[str | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    @property
    def offline(self) -> bool:
        """Whether it outlives the session."""
        return "offline_access" in self.scope.split()


def revoke(core: Core, *conditions: Any) -> int:
    """End the living grants that meet `conditions` (SQL expressions on Grant); returns how many."""
    ended = core.db.execute(
        update(Grant)
        .where(Grant.revoked_at.is_(None), *conditions)
        .values(revoked_at=core.clock.now())
        .execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]


def of_account(core: Core, account_id: str, *, spare_session: str | None = None) -> int:
    """End all grants of a person, offline ones too, but those of one session."""
    if spare_session is None:
        return revoke(core, Grant.account_id == account_id)
    return revoke(core, Grant.account_id == account_id, Grant.session_id != spare_session)


def of_sessions(core: Core, session_ids: Sequence[str]) -> int:
    """End what browsers' sign-ins gave; offline access lives on."""
    return revoke(core, Grant.session_id.in_(session_ids), ~Grant.scope.contains("offline_access"))


def of_membership(core: Core, membership_id: str) -> int:
    """End what was given while acting for a business."""
    return revoke(core, Grant.membership_id == membership_id)
