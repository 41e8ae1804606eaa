"""The token endpoint: one error boundary around Authlib's grants, one transaction, one commit."""

from contextlib import nullcontext
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError
from flask import Blueprint, Response, current_app, request

from idp.oauth.grants import ReplayedError, revoke
from idp.oauth.protocol import protocol
from idp.oauth.server import boundary
from idp.web.client import address
from idp.web.guard import machine

bp = Blueprint("token", __name__)


@bp.route("/oauth/token", methods=["POST"])
@machine
def token() -> Response:
    """Exchange a code, a refresh token or client credentials for tokens (RFC 6749 §3.2)."""
    server = protocol().server
    try:
        return server.answer(*_exchange())
    except ReplayedError as error:
        revoke(server.core, error.grant_id)
        return server.refuse(error)
    except InvalidClientError as error:
        _count_failure()
        return server.refuse(error)
    except OAuth2Error as error:
        return server.refuse(error)


def _exchange() -> tuple[int, dict[str, Any], Any]:
    server = protocol().server
    with boundary():
        asked = server.read(request.form.to_dict(flat=False))
        grant = server.get_token_grant(asked)
        with server.core.writing() if grant.writes else nullcontext():
            grant.validate_token_request()
    answer: tuple[int, dict[str, Any], Any] = grant.create_token_response()
    return answer


def _count_failure() -> None:
    """Count failed client authentications of one address: secrets are not to be guessed here.

    Raises Throttled above the rate; clients that authenticate are never counted.
    """
    rates = current_app.extensions.get("idp.rates")
    if rates:
        rates.spend(f"client {address()}")
