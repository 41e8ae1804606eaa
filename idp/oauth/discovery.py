"""Discovery and JWKS: constant bytes with an ETag, answered before Flask looks at the request."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from idp.core import Core
from idp.oauth.keys import Keys
from idp.oauth.metadata import JWKS, OAUTH, OPENID, metadata
from idp.oauth.rotation import MAX_AGE


@dataclass(frozen=True)
class Constant:
    """A finished answer."""

    body: bytes
    etag: str
    age: int


Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Front:
    """A WSGI layer in front of Flask for the documents that every client keeps asking for."""

    def __init__(self, app: Flask, core: Core, keys: Keys) -> None:
        self._app, self._core, self._keys = app, core, keys
        self._inner = app.wsgi_app
        document = json.dumps(metadata(core)).encode()
        etag = f'"{hashlib.sha256(document).hexdigest()[:20]}"'
        self._documents = Constant(document, etag, 3600)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand on to Flask (other paths, methods and hosts)."""
        known = environ["PATH_INFO"] in (OPENID, OAUTH, JWKS)
        plain = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if not known or not plain or environ.get("HTTP_HOST") != self._core.settings.host:
            return self._inner(environ, start_response)
        found = self._jwks() if environ["PATH_INFO"] == JWKS else self._documents
        headers = [
            ("Content-Type", "application/json"),
            ("ETag", found.etag),
            ("Cache-Control", f"public, max-age={found.age}"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if found.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response("304 Not Modified", headers)
            return [b""]
        start_response("200 OK", [*headers, ("Content-Length", str(len(found.body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else found.body]

    def _jwks(self) -> Constant:
        fresh = self._keys.current()
        if fresh is None:
            with self._app.app_context():
                fresh = self._keys.snapshot()
        return Constant(fresh.jwks, fresh.etag, int(MAX_AGE.total_seconds()))


def mount(app: Flask, core: Core, keys: Keys) -> None:
    """Put the layer in front of an application."""
    app.wsgi_app = Front(app, core, keys)  # type: ignore[method-assign]
