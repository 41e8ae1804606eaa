"""PKCE (RFC 7636): S256 alone, required at the authorization endpoint."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge


class Pkce(CodeChallenge):  # type: ignore[misc]
    """Authlib's extension, made stricter.

    Authlib takes a challenge without method for `plain` and asks for a verifier from public
    clients only, and only at the token endpoint.
    """

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Check the challenge; a confidential client without PKCE must send a nonce instead.

        (`oauth.nonce_without_pkce` can lift the second for conformance suites.) Raises
        InvalidRequestError.
        """
        data = grant.request.payload.data
        challenge, client = data.get("code_challenge"), grant.request.client
        if challenge and data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256")
        if not challenge and client.require_pkce:
            raise InvalidRequestError("code_challenge is required")
        nonce_due = grant.server.core.settings.oauth.nonce_without_pkce == "required"
        if not challenge and nonce_due and not data.get("nonce"):
            raise InvalidRequestError("nonce is required without code_challenge")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """Check the verifier; missing, needless and wrong ones are all invalid_grant."""
        try:
            super().validate_code_verifier(grant, result)
        except InvalidRequestError as error:
            raise InvalidGrantError("code_verifier does not fit") from error
