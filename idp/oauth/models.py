"""What the protocol stores: clients, APIs, pending requests, codes, tokens, keys, consents."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
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
    # May have offline_access without asking for consent each time.
    offline_allowed: Mapped[bool] = mapped_column(default=False, server_default=false())
    home_uri: Mapped[str | None]
    # Its public keys: given here, or behind an address (OIDC Core §10.1); never both.
    jwks: Mapped[dict[str, Any] | None]
    jwks_uri: Mapped[str | None]
    assertion_alg: Mapped[str | None] = mapped_column(String(10))
    # Its assertions may name the token endpoint instead of the issuer.
    token_url_audience: Mapped[bool] = mapped_column(default=False, server_default=false())
    request_object_alg: Mapped[str | None] = mapped_column(String(10))
    default_max_age: Mapped[int | None]
    backchannel_logout_uri: Mapped[str | None]
    # APIs it may have access tokens for (RFC 8707).
    resources: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime]


class Resource(Base):
    """An API that access tokens may be made for (RFC 8707); its address is the audience."""

    __tablename__ = "resource"

    uri: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    # Its tokens say for which business the person acts, where that scope was granted.
    business: Mapped[bool]
    # The client under which the API introspects its tokens.
    client_id: Mapped[str | None] = mapped_column(
        ForeignKey("client.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]


class PendingRequest(Base):
    """An authorization request that waits for the person; bound to one browser, 30 minutes.

    One that came by POST brought no cookie: it has no browser until it is first opened.
    """

    __tablename__ = "pending_request"

    id: Mapped[str] = mapped_column(primary_key=True)
    browser: Mapped[str | None]
    parameters: Mapped[str]
    # What the person chose since: for which business, as whom, that it is allowed, and "later" to
    # a first link.
    membership_id: Mapped[str | None]
    account_id: Mapped[str | None]
    allowed_by: Mapped[str | None]
    link_later: Mapped[bool] = mapped_column(default=False, server_default=false())
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


class SeenJti(Base):
    """A JWT that was accepted once and must not come again (RFC 7523 §3, RFC 7009)."""

    __tablename__ = "seen_jti"

    # A digest of the kind of token, its issuer and its jti: kinds never meet.
    hash: Mapped[str] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)


class SigningKey(Base):
    """A key pair: `next`, `active`, then `retired`; the private part is sealed for this row.

    A retired key keeps its public part alone, which still verifies old ID tokens as hints.
    """

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
        Index(
            "uq_signing_key_next",
            "alg",
            unique=True,
            sqlite_where=text("state = 'next'"),
            postgresql_where=text("state = 'next'"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    alg: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    private: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Consent(Base):
    """What a person allowed an application, remembered for the next time.

    `scopes` also holds `claim:<name>` and `resource:<uri>` for what was asked beyond scopes.
    """

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("account_id", "client_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[list[str]]
    given_at: Mapped[datetime]
