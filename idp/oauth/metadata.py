"""What is said of this provider (OIDC Discovery §3, RFC 8414 §2): everything that works, no more.

No member names of our own: clients that are strict about them exist.
"""

from typing import Any

from idp.accounts.sessions import ACR_PASSWORD
from idp.core import Core
from idp.oauth.claims import SCOPE_CLAIMS
from idp.oauth.jose import OLD_NAMES
from idp.oauth.registry import ALGORITHMS, GRANT_TYPES, METHODS, SCOPES
from idp.oauth.requests import MODES
from idp.web.text import LOCALES

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
JWKS = "/oauth/jwks"
TOKEN = "/oauth/token"  # noqa: S105 - a path
USERINFO = "/oauth/userinfo"
REVOKE = "/oauth/revoke"
# What clients may sign with, under older names too.
FROM_CLIENTS = (*ALGORITHMS, *OLD_NAMES)
# Introspection answers nobody who cannot prove who asks.
CONFIDENTIAL = tuple(method for method in METHODS if method != "none")
PROTOCOL_CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
)  # fmt: skip


def prompts(core: Core) -> list[str]:
    """Return what may be asked as `prompt`; a new account only where people register themselves."""
    create = ["create"] if core.settings.registration.enabled else []
    return ["none", "login", "consent", "select_account", *create]


def metadata(core: Core) -> dict[str, Any]:
    """Return the whole document."""
    issuer = core.settings.issuer
    return {
        "issuer": issuer,
        **_endpoints(issuer),
        **_requests(core),
        **_clients(),
        "scopes_supported": list(SCOPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "acr_values_supported": [ACR_PASSWORD],
        "claim_types_supported": ["normal"],
        "claims_supported": [*PROTOCOL_CLAIMS, *_said()],
        "ui_locales_supported": list(LOCALES),
        # OIDC Back-Channel Logout §2.1.
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "op_policy_uri": f"{issuer}/legal/privacy",
        "op_tos_uri": f"{issuer}/legal/terms",
    }


def _endpoints(issuer: str) -> dict[str, str]:
    return {
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": issuer + TOKEN,
        "userinfo_endpoint": issuer + USERINFO,
        "jwks_uri": issuer + JWKS,
        "revocation_endpoint": issuer + REVOKE,
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "end_session_endpoint": f"{issuer}/oauth/logout",
    }


def _requests(core: Core) -> dict[str, Any]:
    """Return what an authorization request may say, and how it is answered."""
    return {
        "response_types_supported": ["code"],
        "response_modes_supported": list(MODES),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": prompts(core),
        "display_values_supported": ["page", "popup", "touch"],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": False,
        "request_object_signing_alg_values_supported": ["none", *FROM_CLIENTS],
        # RFC 9207.
        "authorization_response_iss_parameter_supported": True,
    }


def _clients() -> dict[str, Any]:
    """Return what a client may ask for, and how it proves who it is, endpoint by endpoint."""
    said: dict[str, Any] = {"grant_types_supported": list(GRANT_TYPES)}
    for endpoint, methods in (
        ("token", METHODS),
        ("revocation", METHODS),
        ("introspection", CONFIDENTIAL),
    ):
        said[f"{endpoint}_endpoint_auth_methods_supported"] = list(methods)
        said[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(FROM_CLIENTS)
    return said


def _said() -> list[str]:
    """Return the claims about a person that we may have a value for."""
    return [claim for claims in SCOPE_CLAIMS.values() for claim in claims]
