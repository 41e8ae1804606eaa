"""Cross-origin requests (WHATWG Fetch §3.2): applications that run in a browser read our answers.

Six addresses alone, for the origins that public clients are registered with. Everybody else gets
the plain answer, which the browser then keeps from the page. No cookie counts at these addresses,
so credentials are never allowed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from idp.core import Core
from idp.oauth.metadata import JWKS, OAUTH, OPENID, REVOKE, TOKEN, USERINFO
from idp.oauth.models import Client
from idp.oauth.registry import CACHE, State

log = logging.getLogger("idp.oauth")

METHODS: Mapping[str, str] = MappingProxyType({
    OPENID: "GET, HEAD",
    OAUTH: "GET, HEAD",
    JWKS: "GET, HEAD",
    TOKEN: "POST",
    USERINFO: "GET, POST",
    REVOKE: "POST",
})  # fmt: skip
USUAL_PORTS = {"https": 443, "http": 80}

Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]


def origin_of(uri: str) -> str:
    """Return the origin of an address, spelled as browsers write it (RFC 6454 §6.2)."""
    parts = urlsplit(uri)
    host = str(parts.hostname)
    name = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"


class Origins:
    """The origins of active public clients; what was read is believed for `CACHE`."""

    def __init__(self, app: Flask, core: Core) -> None:
        self._app, self._core = app, core
        self._known: frozenset[str] = frozenset()
        self._until: datetime | None = None

    def __contains__(self, origin: str) -> bool:
        """Tell whether pages of this origin may read answers: equal sign by sign, or not."""
        now = self._core.clock.now()
        if self._until is None or self._until <= now:
            self._known, self._until = self._read(), now + CACHE
        return origin in self._known

    def _read(self) -> frozenset[str]:
        public = select(Client.redirect_uris).where(
            Client.state == State.ACTIVE, Client.auth_method == "none"
        )
        try:
            with self._app.app_context():
                listed = self._core.db.scalars(public).all()
        except SQLAlchemyError as error:
            # Constant documents must not fall with the database.
            log.warning("origins of public clients not read", exc_info=error)
            return self._known
        return frozenset(origin_of(uri) for uris in listed for uri in uris)


class Cors:
    """A WSGI layer: it sees every answer, also those of the guard and of the constant documents."""

    def __init__(self, app: Flask, core: Core) -> None:
        self._inner, self._host = app.wsgi_app, core.settings.host
        self._origins = Origins(app, core)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a preflight, or add what the browser wants to know to the answer from within."""
        methods = METHODS.get(environ["PATH_INFO"])
        if methods is None or environ.get("HTTP_HOST") != self._host:
            return self._inner(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        allowed = origin is not None and origin in self._origins
        more: Headers = [("Vary", "Origin")]
        if allowed:
            more.append(("Access-Control-Allow-Origin", str(origin)))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            more.append(("Allow", f"{methods}, OPTIONS"))
            start_response("204 No Content", more + (_preflight(methods) if allowed else []))
            return [b""]
        if allowed:
            more.append(("Access-Control-Expose-Headers", "WWW-Authenticate"))

        def start(status: str, headers: Headers, *given: Any) -> Any:
            return start_response(status, [*headers, *more], *given)

        return self._inner(environ, start)


def _preflight(methods: str) -> Headers:
    return [
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
        ("Access-Control-Max-Age", "600"),
    ]


def mount(app: Flask, core: Core) -> None:
    """Put the layer in front of everything else."""
    app.wsgi_app = Cors(app, core)  # type: ignore[method-assign]
