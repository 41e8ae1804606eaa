"""What is stored of businesses: the register, PINs, letters, and who is linked since when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Base


class Status(StrEnum):
    """Whether a business is entered in the register."""

    ACTIVE = "active"
    CLOSED = "closed"


class PinState(StrEnum):
    """Where a PIN stands; that a living one is over is seen at use, from `ends_at`."""

    REQUESTED = "requested"
    PRINTING = "printing"
    SENT = "sent"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"
    LOCKED = "locked"
    CANCELLED = "cancelled"


LIVE = (PinState.REQUESTED, PinState.PRINTING, PinState.SENT)


class Origin(StrEnum):
    """Who ordered a PIN: a person who was signed in, a stranger, or the chamber."""

    MEMBER = "member"
    OPEN = "open"
    CHAMBER = "chamber"


class LetterKind(StrEnum):
    """What a letter brings: a PIN, or the news that somebody was linked."""

    PIN = "pin"
    NOTICE = "notice"


class LetterState(StrEnum):
    """Where a letter stands; `failed` was not printed, because its PIN died before."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Business(Base):
    """An entry of the chamber's register; `branch` is empty for the main business."""

    __tablename__ = "business"
    __table_args__ = (Index("uq_business_key", "number", "branch", unique=True),)

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    branch: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    status: Mapped[str] = mapped_column(String(10))
    trade: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Pin(Base):
    """A posted PIN: number and selector find it, the hash alone tells whether it is right.

    `number` and `branch` are as ordered. Without a business nothing was sent and nothing can be
    redeemed: the order looks like any other to who made it, and does not tell that there is none.
    """

    __tablename__ = "pin"
    __table_args__ = (
        # Dead rows keep their selector, so that what is typed finds one row: one hash, one counter.
        Index("uq_pin_selector", "business_id", "selector", unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    business_id: Mapped[str | None] = mapped_column(ForeignKey("business.id"))
    number: Mapped[str] = mapped_column(String(40))
    branch: Mapped[str] = mapped_column(String(40), default="")
    selector: Mapped[str] = mapped_column(String(3))
    hash: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(default=0)
    account_id: Mapped[str | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None]


class Letter(Base):
    """A letter on its way; what stands in it is sealed in the outbox alone."""

    __tablename__ = "letter"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    pin_id: Mapped[str] = mapped_column(ForeignKey("pin.id", ondelete="CASCADE"), index=True)
    business_id: Mapped[str] = mapped_column(ForeignKey("business.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Membership(Base):
    """A person is linked with a business; `until` ends it, the row stays as history."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_live",
            "account_id",
            "business_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    business_id: Mapped[str] = mapped_column(ForeignKey("business.id"), index=True)
    method: Mapped[str] = mapped_column(String(20))
    assurance: Mapped[str] = mapped_column(String(20))
    role: Mapped[str | None]
    declared_role: Mapped[str | None]
    verified_at: Mapped[datetime]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    pin_id: Mapped[str | None] = mapped_column(ForeignKey("pin.id", ondelete="SET NULL"))


def alive(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a PIN can still be redeemed."""
    return and_(Pin.state.in_(LIVE), Pin.ends_at > now)


def linked(account_id: str, business_id: str) -> ColumnElement[bool]:
    """Return the condition that finds the living link of a person with a business."""
    return and_(
        Membership.account_id == account_id,
        Membership.business_id == business_id,
        Membership.until.is_(None),
    )
