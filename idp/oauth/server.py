"""Authlib's authorization server, with our overrides where it is too lenient (see docs/decisions).

Parameters come from the form body at the token endpoint, never from the URL, and were cleaned
(`parameters.once`) before Authlib can copy them into an error description.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
    UnsupportedGrantTypeError,
    UnsupportedResponseTypeError,
)
from flask import Response, request

from idp.core import Core
from idp.oauth import client_auth
from idp.oauth.registry import Registered, Registry

log = logging.getLogger("idp.oauth")


class Payload(OAuth2Payload):  # type: ignore[misc]
    """Parameters of one request, each once."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @property
    def data(self) -> Mapping[str, str]:
        """Return name -> value."""
        return self._values

    @property
    def datalist(self) -> dict[str, list[str]]:
        """Return name -> [value]: duplicates were refused at the door."""
        return {name: [value] for name, value in self._values.items()}


class Request(OAuth2Request):  # type: ignore[misc]
    """A protocol request whose address is the issuer's, whatever the proxy says."""

    def __init__(self, issuer: str, values: Mapping[str, str]) -> None:
        super().__init__(request.method, issuer + request.path, headers=request.headers)
        self._form = values
        self.payload = Payload(values)

    @property
    def form(self) -> Mapping[str, str]:
        """Return the parameters under the name the grants use."""
        return self._form


@contextmanager
def boundary() -> Iterator[None]:
    """Turn what Authlib and the parsers below it raise for odd input into invalid_request.

    Everything known is refused before it gets there; this is for what nobody thought of.
    """
    try:
        yield
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        log.warning("protocol request not understood", exc_info=error)
        raise InvalidRequestError("The request was not understood") from error


class Server(AuthorizationServer):  # type: ignore[misc]
    """The protocol's heart: clients, grants, and one shape for every error."""

    def __init__(self, core: Core, registry: Registry) -> None:
        super().__init__(query_client=registry.find, save_token=lambda _token, _request: None)
        self.core = core
        self.registry = registry

    def asked(self, values: Mapping[str, str]) -> Request:
        """Return a request made of clean values (`once`)."""
        return Request(self.core.settings.issuer, values)

    def authenticate_client(self, asked: Any, methods: Any, endpoint: str = "token") -> Registered:
        """Return whom the endpoint has authenticated before its transaction (see client_auth)."""
        del methods, endpoint
        proven: client_auth.Proven = asked.proven
        asked.auth_method = proven.method
        return proven.client

    def get_authorization_grant(self, asked: Any) -> Any:
        """Return the grant for a response type.

        Authlib copies the value into the description and redirects on its own; ours does neither
        before client and address are known (CVE-2026-41479).
        """
        for grant_cls, extensions in self._authorization_grants:
            if grant_cls.check_authorization_endpoint(asked):
                grant = grant_cls(asked, self)
                for extension in extensions or ():
                    extension(grant)
                return grant
        raise UnsupportedResponse

    def get_token_grant(self, asked: Any) -> Any:
        """Return the grant for a grant type; raises InvalidRequestError or UnsupportedGrant, which
        do not repeat what was sent (RFC 6749 §5.2).
        """
        if not asked.payload.grant_type:
            raise InvalidRequestError("Missing grant_type")
        try:
            return super().get_token_grant(asked)
        except UnsupportedGrantTypeError as error:
            raise UnsupportedGrant from error

    def answer(self, status: int, body: Mapping[str, Any], headers: Any = ()) -> Response:
        """Return a JSON answer that nobody stores (RFC 6749 §5.1)."""
        response = Response(json.dumps(body), status, mimetype="application/json")
        for name, value in headers:
            response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        response.headers["Pragma"] = "no-cache"
        return response

    def refuse(self, error: OAuth2Error) -> Response:
        """Return an error as RFC 6749 §5.2 wants it."""
        body = {"error": error.error, "error_description": error.description}
        status = error.status_code or 400
        headers = [("WWW-Authenticate", 'Basic realm="idp"')] if status == 401 else []
        return self.answer(status, body, headers)


class UnsupportedResponse(UnsupportedResponseTypeError):  # type: ignore[misc]
    """A response type we do not have; the text does not repeat it."""

    description = "Only the code flow is supported"

    def __init__(self) -> None:
        super().__init__("")


class UnsupportedGrant(UnsupportedGrantTypeError):  # type: ignore[misc]
    """A grant type we do not have; the text does not repeat it."""

    description = "This grant type is not supported"

    def __init__(self) -> None:
        super().__init__("")
