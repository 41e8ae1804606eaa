"""What is stored for the protocol: clients, pending requests, codes, tokens, keys, consents."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Base


class Client(Base):
    """A relying party."""

    __tablename__ = "client"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(10))
    secret_hash: Mapped[str | None]
    auth_method: Mapped[str] = mapped_column(String(30))
    redirect_uris: Mapped[list[str]]
    post_logout_redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    grant_types: Mapped[list[str]]
    id_token_alg: Mapped[str] = mapped_column(String(10))
    require_pkce: Mapped[bool]
    first_party: Mapped[bool]
    created_at: Mapped[datetime]


class PendingRequest(Base):
    """An authorization request that waits for the person; bound to one browser, 30 minutes."""

    __tablename__ = "pending_request"

    id: Mapped[str] = mapped_column(primary_key=True)
    browser: Mapped[str]
    parameters: Mapped[str]
    membership_id: Mapped[str | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class Code(Base):
    """An authorization code: the hash, what it must be redeemed with, and its grant."""

    __tablename__ = "code"

    hash: Mapped[str] = mapped_column(primary_key=True)
    grant_id: Mapped[str] = mapped_column(ForeignKey("grant.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    challenge: Mapped[str | None]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class RefreshToken(Base):
    """A refresh token: the hash and its grant, which is its family."""

    __tablename__ = "refresh_token"

    hash: Mapped[str] = mapped_column(primary_key=True)
    grant_id: Mapped[str] = mapped_column(ForeignKey("grant.id", ondelete="CASCADE"), index=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class SigningKey(Base):
    """A key pair; the private part is sealed for this row."""

    __tablename__ = "signing_key"
    __table_args__ = (
        # Two processes starting at once make one key, not two.
        Index(
            "uq_signing_key_active",
            "alg",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    alg: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    private: Mapped[str]
    created_at: Mapped[datetime]


class Consent(Base):
    """What a person allowed an application, remembered for the next time."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("account_id", "client_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[list[str]]
    given_at: Mapped[datetime]
