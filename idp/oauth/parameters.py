"""Parameters as strangers send them: each once, clean, within limits."""

import json
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError


class UnregisteredAddress(InvalidRequestError):  # type: ignore[misc]
    """An address that the client has not registered: nobody is ever sent there."""


MOST_PARAMETERS = 50
LIMITS = {
    "state": 2048, "nonce": 512, "scope": 1000, "client_id": 200, "login_hint": 254,
    "request": 16_384, "client_assertion": 16_384, "id_token_hint": 16_384, "token": 16_384,
}  # fmt: skip
LONGEST = 4096


def once(values: Mapping[str, list[str]]) -> dict[str, str]:
    """Return each parameter's one value, empty ones left out (RFC 6749 §3.1).

    `resource` may be repeated (RFC 8707 §2): its addresses are joined by blanks.
    Raises InvalidRequestError for duplicates, control signs and values beyond any use.
    """
    if len(values) > MOST_PARAMETERS:
        raise InvalidRequestError("Too many parameters")
    clean: dict[str, str] = {}
    for name, given in values.items():
        if len(given) > 1 and name != "resource":
            raise InvalidRequestError("A parameter appears more than once")
        value = " ".join(given)
        if len(value) > LIMITS.get(name, LONGEST):
            raise InvalidRequestError("A parameter is too long")
        if any(_forbidden(sign) for sign in value if not (name == "claims" and sign in "\t\r\n")):
            raise InvalidRequestError("A parameter holds a forbidden character")
        if value:
            clean[name] = value
    return clean


def _forbidden(sign: str) -> bool:
    """Tell whether no parameter holds this sign; `claims` may be JSON on several lines."""
    return ord(sign) < 32 or sign == "\ufffd" or "\ud800" <= sign <= "\udfff"


def _no_number(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON has not."""
    raise ValueError(name)


def parsed(text: str, wrong: str) -> Any:
    """Return what a JSON text holds; raises InvalidRequestError, also for depths beyond any use."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(wrong) from error
