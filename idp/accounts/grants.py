"""Grants: what an application was given for a person. Codes and tokens hang on them.

Below `pin` and `oauth`, so that reset, lock and unlink end them in their own transaction, in which
each application concerned is told once: by a row of the outbox for each pair of client and `sid`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, case, func, literal, or_, update
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
    # Claims asked one by one (OIDC Core §5.5): {"userinfo": [names], "id_token": [names]}.
    claims: Mapped[dict[str, Any] | None]
    # APIs that tokens may be made for (RFC 8707).
    resources: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def revoke(core: Core, *conditions: Any) -> int:
    """End the living grants that meet `conditions` (SQL expressions on Grant); returns how many.

    The applications are not told: they have asked for it themselves, or are no party to a theft.
    """
    return len(_ended(core, _now(core), Grant.revoked_at.is_(None), *conditions))


def end(core: Core, *conditions: Any) -> None:
    """End the living grants that meet `conditions`, offline ones too, and tell the applications."""
    _tell(core, _ended(core, _now(core), Grant.revoked_at.is_(None), *conditions))


def of_membership(core: Core, membership_id: str) -> None:
    """End what was given while acting for a business."""
    end(core, Grant.membership_id == membership_id)


def of_sessions(core: Core, session_ids: Sequence[str]) -> None:
    """End what browsers' sign-ins gave; offline access lives on.

    Every application of the sessions is told, whatever became of its grants meanwhile: its own
    stay hangs on the session.
    """
    if not session_ids:
        return
    offline = Grant.scope.contains("offline_access")
    moment = case((offline, Grant.revoked_at), else_=func.coalesce(Grant.revoked_at, _now(core)))
    _tell(core, _ended(core, moment, Grant.session_id.in_(session_ids)))


def of_account(core: Core, account_id: str, ended: Sequence[str], spare: str | None) -> None:
    """End all grants of a person, offline ones too, but those of one session.

    Told is who held one of them, and every application of the sessions that have just `ended`.
    """
    concerned = or_(Grant.revoked_at.is_(None), Grant.session_id.in_(ended))
    others = [Grant.session_id != spare] if spare else []
    moment = func.coalesce(Grant.revoked_at, _now(core))
    _tell(core, _ended(core, moment, Grant.account_id == account_id, concerned, *others))


def _now(core: Core) -> ColumnElement[datetime]:
    return literal(core.clock.now(), Grant.revoked_at.type)


def _ended(core: Core, moment: ColumnElement[Any], *conditions: Any) -> list[tuple[str, str, str]]:
    """Write the end of grants; returns client, `sid` and person of each."""
    rows = core.db.execute(
        update(Grant)
        .where(*conditions)
        .values(revoked_at=moment)
        .returning(Grant.client_id, Grant.sid, Grant.account_id)
        .execution_options(synchronize_session=False)
    )
    return [(client_id, sid, account_id) for client_id, sid, account_id in rows]


def _tell(core: Core, ended: list[tuple[str, str, str]]) -> None:
    for client_id, sid, account_id in sorted(set(ended)):
        core.post.logout(client_id, sid, account_id)
