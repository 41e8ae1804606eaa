"""Discovery and JWKS: constant bytes with an ETag, answered before Flask looks at the request."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from idp.accounts.sessions import ACR_PASSWORD
from idp.core import Core
from idp.oauth.keys import Keys
from idp.oauth.registry import ALGORITHMS, METHODS, SCOPES

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
JWKS = "/oauth/jwks"
CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
    "name", "given_name", "family_name", "locale", "updated_at", "email", "email_verified",
    "business", "businesses",
)  # fmt: skip


def metadata(core: Core) -> dict[str, Any]:
    """Return the document of OIDC Discovery §3 and RFC 8414 §2: exactly what works."""
    issuer = core.settings.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}{JWKS}",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(METHODS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [ACR_PASSWORD],
        "prompt_values_supported": ["none", "login"],
        "claims_supported": list(CLAIMS),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{issuer}/help",
    }


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
        return Constant(fresh.jwks, fresh.etag, 300)


def mount(app: Flask, core: Core, keys: Keys) -> None:
    """Put the layer in front of an application."""
    app.wsgi_app = Front(app, core, keys)  # type: ignore[method-assign]
