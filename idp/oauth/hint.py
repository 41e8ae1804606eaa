"""`id_token_hint`: an ID token of ours as a word about who is meant (OIDC Core §3.1.2.1)."""

from typing import Any

from idp.oauth.protocol import protocol
from idp.oauth.tokens import ID_TOKEN


def read(token: str) -> dict[str, Any] | None:
    """Return the claims of an ID token of ours, of any age; None for anything else.

    Expired ones and those of retired keys count: a hint is no proof.
    """
    return protocol().tokens.verified(token, ID_TOKEN, expired=True)
