"""UserInfo (OIDC Core §5.3): GET, POST with header, POST with body; dies with its grant."""

from flask import Blueprint, Response, request

from idp.oauth import claims_request, store
from idp.oauth.protocol import protocol
from idp.oauth.tokens import ACCESS
from idp.web.guard import machine

bp = Blueprint("userinfo", __name__)


@bp.route("/oauth/userinfo", methods=["GET", "POST"])
@machine
def userinfo() -> Response:
    """Return the claims of the token's scopes, and those asked for by name (OIDC Core §5.5).

    Else 401 invalid_token, 403 insufficient_scope or 400 invalid_request (RFC 6750 §3.1).
    """
    shown = _shown()
    if shown is None:
        return _challenge(401)
    if isinstance(shown, Response):
        return shown
    the = protocol()
    claims = the.tokens.verified(shown, ACCESS)
    if claims is None or claims.get("aud") != the.core.settings.issuer:
        return _challenge(401, "invalid_token")
    if "openid" not in str(claims.get("scope", "")).split():
        return _challenge(403, "insufficient_scope")
    grant = store.granted(the.core, str(claims.get("grant_id", "")))
    client = the.registry.find(str(claims["client_id"]))
    if grant is None or client is None:
        return _challenge(401, "invalid_token")
    # What staff took from the client since is gone.
    scopes = tuple(client.get_allowed_scope(str(claims["scope"])).split())
    names = claims_request.names(grant.claims, "userinfo", client.scopes)
    said = the.tokens.said(grant, scopes, names)
    return the.server.answer(200, {**said, "sub": grant.account_id})


def _shown() -> str | Response | None:
    """Return the presented token (RFC 6750 §2.1, §2.2); one way only."""
    header = request.headers.get("Authorization")
    body = request.form.getlist("access_token") if request.method == "POST" else []
    if len(body) + (header is not None) > 1:
        return _challenge(400, "invalid_request")
    if body:
        return body[0]
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _challenge(status: int, error: str | None = None) -> Response:
    """Refuse as RFC 6750 §3: without a token no error code is told."""
    parts = ['Bearer realm="idp"'] + ([f'error="{error}"'] if error else [])
    body = {"error": error} if error else {}
    headers = [("WWW-Authenticate", ", ".join(parts))]
    return protocol().server.answer(status, body, headers)
