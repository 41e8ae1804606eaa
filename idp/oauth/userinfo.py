"""UserInfo (OIDC Core §5.3): GET, POST with header, POST with body; dies with its grant."""

from flask import Blueprint, Response, request

from idp.oauth import store
from idp.oauth.protocol import protocol
from idp.oauth.tokens import ACCESS
from idp.web.guard import machine

bp = Blueprint("userinfo", __name__)


@bp.route("/oauth/userinfo", methods=["GET", "POST"])
@machine
def userinfo() -> Response:
    """Return the claims of the token's scopes."""
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
    if grant is None:
        return _challenge(401, "invalid_token")
    scopes = tuple(str(claims["scope"]).split())
    return the.server.answer(200, {"sub": grant.account_id, **the.tokens.said(grant, scopes)})


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
