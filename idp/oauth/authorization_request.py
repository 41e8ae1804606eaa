"""The authorization request: every check, in order, and where an error may go.

The order, all of it: parameters once and clean (`parameters.once`) -> request object merged
(`request_object`) -> response type -> client -> redirect_uri, byte-equal -> PKCE and nonce
(`pkce`) -> parameters we do not have -> prompt -> claims -> response mode -> scope -> max_age ->
hints -> resources. An error goes to the application as soon as client and address are good,
whatever is wrong beside them; else a page shows it.
"""

from collections.abc import Mapping
from datetime import datetime

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError

from idp.oauth import audience, claims_request, hint, metadata, request_object
from idp.oauth.parameters import once
from idp.oauth.protocol import protocol
from idp.oauth.registry import Registered
from idp.oauth.requests import MODES, QUERY, Asked, Chosen, Parked, Target
from idp.oauth.server import boundary

# Answered with the errors of OIDC Core §3.1.2.6 instead of being silently ignored.
UNSUPPORTED = {
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
LONGEST_MAX_AGE = 9


class Rejected(Exception):
    """A request that gets an error, and where that may go: None is a page of ours."""

    def __init__(self, error: OAuth2Error, target: Target | None) -> None:
        super().__init__(error.error)
        self.error, self.target = error, target


def check(
    values: Mapping[str, list[str]], started_at: datetime, chosen: Chosen | None = None
) -> tuple[Asked, Mapping[str, str]]:
    """Return the checked request and its parameters as merged; raises Rejected.

    `values` as sent, `started_at` when it came, `chosen` what the person decided since.
    """
    plain = {name: given[0] for name, given in values.items() if len(given) == 1}
    try:
        with boundary():
            plain = request_object.merged(once(values))
            return _asked(plain, started_at, chosen or Chosen()), plain
    except OAuth2Error as error:
        raise Rejected(error, _trusted(plain)) from error


def again(parked: Parked) -> Asked:
    """Return a request that waits, checked again: its client may have changed since."""
    values = {name: [value] for name, value in parked.parameters.items()}
    return check(values, parked.started_at, parked.chosen)[0]


def _trusted(values: Mapping[str, str]) -> Target | None:
    """Return the target if the client has registered it: only then may an error go there."""
    client_id = values.get("client_id", "")
    # These values are as sent: what the database cannot hold names no client.
    client = protocol().registry.find(client_id) if client_id.isprintable() else None
    uri = values.get("redirect_uri")
    if not client or not uri or not client.check_redirect_uri(uri):
        return None
    mode = values.get("response_mode", QUERY)
    return Target(uri, mode if mode in MODES else QUERY, values.get("state"))


def _asked(data: Mapping[str, str], started_at: datetime, chosen: Chosen) -> Asked:
    server = protocol().server
    asked = server.asked(data)
    redirect_uri = server.get_authorization_grant(asked).validate_authorization_request()
    client: Registered = asked.client
    for name, error in UNSUPPORTED.items():
        if name in data:
            raise OAuth2Error(error=error)
    prompt = _prompt(data)
    claims = claims_request.read(data.get("claims"), client.scopes)
    return Asked(
        client=client,
        target=Target(redirect_uri, _mode(data), data.get("state")),
        scopes=_scopes(client, data.get("scope"), prompt),
        nonce=data.get("nonce"),
        prompt=prompt,
        max_age=_max_age(data.get("max_age"), client.default_max_age),
        login_hint=data.get("login_hint"),
        sub=claims_request.the_one(_named(data.get("id_token_hint"), client), claims.sub),
        claims=claims,
        resources=audience.asked(data.get("resource"), client),
        challenge=data.get("code_challenge"),
        business_hint=data.get("business_hint"),
        started_at=started_at,
        chosen=chosen,
    )


def _mode(data: Mapping[str, str]) -> str:
    mode = data.get("response_mode", QUERY)
    if mode not in MODES:
        raise InvalidRequestError("This response_mode is not supported")
    return mode


def _prompt(data: Mapping[str, str]) -> frozenset[str]:
    prompt = frozenset(data.get("prompt", "").split())
    if not prompt <= set(metadata.prompts(protocol().core)):
        raise InvalidRequestError("This prompt is not supported")
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError("prompt=none stands alone")
    return prompt


def _scopes(client: Registered, asked: str | None, prompt: frozenset[str]) -> tuple[str, ...]:
    """Return what is granted of the scopes; unknown ones are ignored (OIDC Core §3.1.2.1).

    `offline_access` too, unless the person is asked, or staff allow it (OIDC Core §11), and from
    clients that may not refresh: their access must end with the session.
    """
    scopes = client.get_allowed_scope(asked).split()
    if "openid" not in scopes:
        raise InvalidScopeError("scope must contain openid")
    offline = client.offline_allowed or "consent" in prompt
    offline = offline and client.check_grant_type("refresh_token")
    return tuple(scope for scope in scopes if scope != "offline_access" or offline)


def _named(token: str | None, client: Registered) -> str | None:
    """Return whom an `id_token_hint` names; raises InvalidRequestError for one that is no hint."""
    if token is None:
        return None
    claims = hint.read(token)
    if claims is None or claims.get("aud") != client.id:
        raise InvalidRequestError("id_token_hint is no ID token for this client")
    return str(claims["sub"])


def _max_age(value: str | None, usual: int | None) -> int | None:
    if value is None:
        return usual
    if not value.isascii() or not value.isdigit() or len(value) > LONGEST_MAX_AGE:
        raise InvalidRequestError("max_age must be a number of seconds")
    return int(value)
