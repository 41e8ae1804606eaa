"""Tokens of ours that an application shows us, to end them or to ask about them."""

from typing import Any

from sqlalchemy import Row, select

from idp.accounts.grants import Grant
from idp.core import Core
from idp.oauth.models import RefreshToken
from idp.oauth.protocol import protocol
from idp.oauth.tokens import ACCESS
from idp.seal import fingerprint

# The kind under which `jti` remembers what cannot end with a grant.
REVOKED = "revoked"


def access(token: str) -> dict[str, Any] | None:
    """Return the claims of a living access token of ours; None for anything else."""
    return protocol().tokens.verified(token, ACCESS)


def refresh(core: Core, token: str) -> Row[Any] | None:
    """Return grant_id, client_id, ends_at and used_at of a refresh token, dead or alive."""
    row: Row[Any] | None = core.db.execute(  # type: ignore[assignment]
        select(RefreshToken.grant_id, Grant.client_id, RefreshToken.ends_at, RefreshToken.used_at)
        .join(Grant, Grant.id == RefreshToken.grant_id)
        .where(RefreshToken.hash == fingerprint(token))
    ).one_or_none()
    return row
