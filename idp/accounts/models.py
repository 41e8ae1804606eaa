"""What is stored of a person: account, accepted texts, mailed links, sessions, counters, events."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Base


class State(StrEnum):
    """Where an account stands."""

    PENDING = "pending"
    ACTIVE = "active"
    LOCKED = "locked"
    DISABLED = "disabled"
    DELETED = "deleted"


class Account(Base):
    """One natural person's login; `id` is the `sub`, random and never reused."""

    __tablename__ = "account"
    __table_args__ = (
        # Rival registrations of one address may wait side by side; only one becomes an account.
        Index(
            "uq_account_email_key",
            "email_key",
            unique=True,
            sqlite_where=text("state != 'pending'"),
            postgresql_where=text("state != 'pending'"),
        ),
        Index("ix_account_pending", "email_key", "state"),
        # To find some password hash or other, for names that have none (`people.meant`).
        Index(
            "ix_account_password",
            "id",
            sqlite_where=text("password_hash IS NOT NULL"),
            postgresql_where=text("password_hash IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    email: Mapped[str]
    email_key: Mapped[str]
    email_verified_at: Mapped[datetime | None]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    locale: Mapped[str] = mapped_column(String(10), default="de")
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    # Why a new password is due before anything else: "policy", "compromise", or None.
    must_change: Mapped[str | None] = mapped_column(String(20))
    # The version of the terms that was accepted last.
    terms_version: Mapped[str | None]
    # Standard claims beside the columns above (OIDC Core §5.1), by their names.
    claims: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def active(self) -> bool:
        """Whether the person may sign in and receive tokens."""
        return self.state == State.ACTIVE

    @property
    def awaited(self) -> bool:
        """Whether it was brought along without a password; only a mailed link opens it."""
        return self.active and self.password_hash is None

    @property
    def name(self) -> str:
        """Given and family name as written in a letter."""
        return " ".join(part for part in (self.given_name, self.family_name) if part)

    @property
    def mail_name(self) -> str:
        """The name as written in a mail: what somebody said of himself goes to no stranger."""
        return self.name if self.email_verified_at else ""


class NameKind(StrEnum):
    """What else an account is known by."""

    # An address or spelling of before; good for signing in, as long as nobody owns it today.
    EMAIL = "email"
    # The identifier in the system before this one.
    ID = "id"
    # The customer number of today, and the one of before.
    CUSTOMER = "customer"
    OLD_CUSTOMER = "old_customer"


class AccountName(Base):
    """Another name of an account, brought along when moving house; `email` ones as `email_key`."""

    __tablename__ = "account_name"
    __table_args__ = (
        Index(
            "uq_account_name_key",
            "kind",
            "key",
            unique=True,
            sqlite_where=text("kind IN ('email', 'id')"),
            postgresql_where=text("kind IN ('email', 'id')"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class FormerPassword(Base):
    """A password that is not used any more; kept as long as `password.history` asks for it.

    One that others may know is kept as long as the account: it never comes back.
    """

    __tablename__ = "former_password"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    encoded: Mapped[str]
    exposed: Mapped[bool] = mapped_column(default=False, server_default=false())


class AcceptedText(Base):
    """Terms or a privacy notice that a person accepted: which version, which wording, when."""

    __tablename__ = "accepted_text"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str]
    digest: Mapped[str]
    accepted_at: Mapped[datetime]


class Link(Base):
    """A mailed link: the hash of its token, one purpose, one account, one end."""

    __tablename__ = "link"

    hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    # The pending sign-in to go on with, when the link is opened in the same browser.
    request_id: Mapped[str | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(Base):
    """A browser that is signed in; grants hang on `id`, the cookie's value changes below it."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    auth_time: Mapped[datetime]
    acr: Mapped[str]
    amr: Mapped[list[str]]
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Counter(Base):
    """How often something was tried; spent by one atomic statement (`limits.py`)."""

    __tablename__ = "counter"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime]


class AuditEvent(Base):
    """Something that happened; no names and no addresses, only ids."""

    __tablename__ = "audit_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[str | None] = mapped_column(index=True)
    actor: Mapped[str]
    facts: Mapped[dict[str, Any]]
