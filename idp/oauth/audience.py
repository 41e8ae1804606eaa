"""For which API a token is meant (RFC 8707): asked at authorization, one of them a token.

Without `resource` the audience is the issuer, whose API is userinfo.
"""

from collections.abc import Sequence

from authlib.oauth2 import OAuth2Error

from idp.oauth.registry import Registered


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """An API that is unknown, or not for this client or grant (§2)."""

    error = "invalid_target"
    description = "The resource is unknown or not allowed"


def asked(text: str | None, client: Registered) -> tuple[str, ...]:
    """Return the APIs that a request names, each once; raises InvalidTarget."""
    named = tuple(dict.fromkeys((text or "").split()))
    if not set(named) <= set(client.resources):
        raise InvalidTarget
    return named


def chosen(text: str | None, granted: Sequence[str], client: Registered, issuer: str) -> str:
    """Return the one audience of a token; raises InvalidTarget.

    A grant for one API needs not be told again which; the issuer may be named where userinfo is
    meant. What staff took from the client since is refused.
    """
    allowed = {*granted} & {*client.resources} | {issuer}
    named = tuple(dict.fromkeys((text or "").split())) or tuple(granted) or (issuer,)
    if len(named) > 1 or named[0] not in allowed:
        raise InvalidTarget
    return named[0]
