"""Where the rows of a file wait until all of them are there; published by one transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Base


class AccountImport(Base):
    """A file; `id` is the checksum of its content and of what it was read with.

    `line` is the last one that waits here, so that an import that broke off goes on after it.
    """

    __tablename__ = "account_import"

    id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int]
    rows: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class AccountImportRow(Base):
    """An account to be; the columns are those of `account`."""

    __tablename__ = "account_import_row"

    import_id: Mapped[str] = mapped_column(
        ForeignKey("account_import.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    email: Mapped[str]
    email_key: Mapped[str]
    email_verified_at: Mapped[datetime | None]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    locale: Mapped[str] = mapped_column(String(10))
    password_hash: Mapped[str | None]
    claims: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    # The row of the outbox that invites this person, sealed; None where nobody is invited.
    mail_id: Mapped[str | None]
    mail: Mapped[str | None]


class AccountImportName(Base):
    """Another name of an account to be; the columns are those of `account_name`."""

    __tablename__ = "account_import_name"

    import_id: Mapped[str] = mapped_column(
        ForeignKey("account_import.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
