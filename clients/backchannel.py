"""Being told that a person was signed out (OpenID Connect Back-Channel Logout 1.0).

The provider calls, no browser: there is no cookie and no form token, the signature speaks for
itself. The stays of that sign-in end here, whoever asked for it and wherever.
"""

import json
import time
from collections.abc import Mapping

from authlib.integrations.flask_client import OAuthError
from flask import Response, current_app, request
from joserfc.errors import JoseError
from requests import RequestException

from .common import Config
from .people import Kept
from .provider import Provider

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY = 60
# Signs of a token and seconds of a life beyond which nothing is looked at.
LONGEST = 8192
MOST = 600
# All that a token, the provider's documents or the line to it can do wrong.
WRONG = (JoseError, OAuthError, RequestException, RuntimeError, ValueError, TypeError, LookupError)


class BackChannel:
    """/backchannel-logout of one application."""

    def __init__(self, config: Config, provider: Provider, kept: Kept) -> None:
        self.config, self.provider, self.kept = config, provider, kept

    def receive(self) -> Response:
        """End the stays that a logout token names; 200, or 400 for a token that is none (§2.8)."""
        try:
            claims = self.checked(request.form.get("logout_token", ""))
        except WRONG as error:
            current_app.logger.warning("logout token refused: %r", error)
            body = {"error": "invalid_request", "error_description": "This is no logout token"}
            return Response(json.dumps(body), 400, mimetype="application/json")
        self.kept.end_stays(str(claims.get("sid") or ""), str(claims.get("sub") or ""))
        return Response(status=200)

    def checked(self, token: str) -> Mapping[str, object]:
        """The claims of a logout token that stands all checks of §2.6, each once."""
        if not token or len(token) > LONGEST:
            raise ValueError("no token")
        decoded = self.provider.decoded(token)
        claims: Mapping[str, object] = decoded.claims
        wrong = [name for name, right in self.checks(decoded.header, claims) if not right]
        if wrong:
            raise ValueError(f"wrong: {', '.join(wrong)}")
        if not self.kept.first(f"jti:{claims['jti']}", MOST + 2 * LEEWAY):
            raise ValueError("wrong: jti again")
        return claims

    def checks(
        self, header: Mapping[str, object], claims: Mapping[str, object]
    ) -> list[tuple[str, bool]]:
        """What must hold, by name; that the algorithm is one of ours was checked before."""
        now, audience = time.time(), claims.get("aud")
        begins, ends = _number(claims.get("iat")), _number(claims.get("exp"))
        events = claims.get("events")
        named = [claims[name] for name in ("sid", "sub") if name in claims]
        return [
            ("typ", header.get("typ") == TYPE),
            ("iss", claims.get("iss") == self.config.issuer),
            (
                "aud",
                self.config.client_id in (audience if isinstance(audience, list) else [audience]),
            ),
            ("iat", now - MOST < begins < now + LEEWAY),
            ("exp", now - LEEWAY < ends < now + MOST),
            ("events", isinstance(events, dict) and isinstance(events.get(EVENT), dict)),
            ("sid or sub", bool(named) and all(isinstance(each, str) and each for each in named)),
            ("nonce", "nonce" not in claims),
            ("jti", isinstance(claims.get("jti"), str) and bool(claims["jti"])),
        ]


def _number(value: object) -> float:
    """A moment in seconds; what is none lies before all time."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
