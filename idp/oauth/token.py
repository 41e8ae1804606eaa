"""The token endpoint: Authlib's grants in one transaction with one commit."""

from flask import Blueprint, Response

from idp.oauth import endpoint
from idp.oauth.grants import ReplayedError, revoke
from idp.oauth.protocol import protocol
from idp.oauth.server import Request, boundary
from idp.web.guard import machine

bp = Blueprint("token", __name__)


@bp.route("/oauth/token", methods=["POST"])
@machine
def token() -> Response:
    """Exchange a code, a refresh token or client credentials for tokens (RFC 6749 §3.2)."""
    return endpoint.answered(_exchange)


def _exchange(asked: Request) -> Response:
    server = protocol().server
    with boundary():
        grant = server.get_token_grant(asked)
    try:
        with endpoint.authenticated(asked, writes=grant.writes):
            grant.validate_token_request()
    except ReplayedError as error:
        revoke(server.core, error.grant_id)
        raise
    return server.answer(*grant.create_token_response())
