"""The provider as Authlib knows it, believed less: its documents, its keys, what it signs."""

import time

from authlib.integrations.flask_client import FlaskOAuth2App, OAuthError
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

ALGORITHMS = ["ES256", "RS256"]
A_MINUTE = 60


class Provider(FlaskOAuth2App):  # type: ignore[misc]
    """Authlib's client, believing less of the discovery document."""

    expected_issuer = ""
    asked_for_keys = float("-inf")

    def load_server_metadata(self) -> dict[str, object]:
        """Refuse another issuer's document (Discovery §4.3), pin the algorithms (RFC 8725 §3.1)."""
        metadata: dict[str, object] = super().load_server_metadata()
        if metadata.get("issuer") != self.expected_issuer:
            metadata.pop("_loaded_at", None)
            raise OAuthError("wrong_issuer")
        metadata["id_token_signing_alg_values_supported"] = ALGORITHMS
        return metadata

    def fetch_access_token(
        self, redirect_uri: str | None = None, **kwargs: str
    ) -> dict[str, object]:
        """Refuse an answer without the two tokens that were asked for."""
        token: dict[str, object] = super().fetch_access_token(redirect_uri, **kwargs)
        if not all(isinstance(token.get(name), str) for name in ("id_token", "access_token")):
            raise OAuthError("incomplete_token")
        return token

    def decoded(self, token: str) -> jwt.Token:
        """A JWT whose signature is the provider's; a key not yet known is asked for.

        At most once a minute: whoever makes up keys must not make us ask each time.
        """
        try:
            return self.decoded_with(token, self.fetch_jwk_set())
        except InvalidKeyIdError:
            if time.monotonic() - self.asked_for_keys < A_MINUTE:
                raise
            self.asked_for_keys = time.monotonic()
            return self.decoded_with(token, self.fetch_jwk_set(force=True))

    @staticmethod
    def decoded_with(token: str, keys: object) -> jwt.Token:
        """A JWT whose signature was made with one of these keys."""
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        return jwt.decode(token, KeySet.import_key_set(keys), registry=registry)  # type: ignore[arg-type]
