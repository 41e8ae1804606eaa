"""A password as Keycloak writes it: JSON in one of two layouts, reduced to plain values.

Old exports have `hashIterations`, `algorithm`, `salt` and `value` side by side; newer ones have two
texts that are JSON themselves, `secretData` and `credentialData`. Several credentials stand in a
list, of which the one of type "password" counts.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.plugins import HashRefused

MOST_CHARACTERS = 10_000


@dataclass(frozen=True)
class Credential:
    """What a hash was made of and how; salt and value are bytes."""

    algorithm: str
    iterations: int
    salt: bytes
    value: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)


def read(value: str, algorithms: Iterable[str]) -> Credential | None:
    """Return the credential if it is one of these algorithms; None if it is another or no JSON.

    Raises HashRefused for one that is broken.
    """
    if not value.lstrip().startswith(("{", "[")):
        return None
    flat = _flat(value)
    algorithm = str(flat.get("algorithm"))
    if algorithm not in algorithms:
        return None
    iterations = flat.get("hashIterations")
    if type(iterations) is not int:
        raise HashRefused("hash_invalid")
    more = flat.get("additionalParameters")
    parameters = more if isinstance(more, dict) else {}
    return Credential(
        algorithm,
        iterations,
        decoded(flat.get("salt")),
        decoded(flat.get("value")),
        {str(name): _first(one) for name, one in parameters.items()},
    )


def decoded(text: object) -> bytes:
    """Return the bytes behind Base64, with or without padding; raises HashRefused."""
    try:
        plain = str(text or "").rstrip("=")
        found = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise HashRefused("hash_invalid") from error
    if not 0 < len(found) <= 512:
        raise HashRefused("hash_invalid")
    return found


def bare(data: bytes) -> str:
    """Return Base64 without padding."""
    return base64.b64encode(data).decode().rstrip("=")


def _flat(value: str) -> dict[str, Any]:
    """Return the members of the credential, whichever layout it has."""
    found = _json(value)
    if isinstance(found, list):
        found = next((one for one in found if _kind(one) == "password"), None)
    if not isinstance(found, dict):
        raise HashRefused("hash_invalid")
    for name in ("credentialData", "secretData"):
        inner = found.get(name)
        inner = _json(inner) if isinstance(inner, str) else inner
        found = found | (inner if isinstance(inner, dict) else {})
    return found


def _kind(one: object) -> object:
    return one.get("type", "password") if isinstance(one, dict) else None


def _json(text: str) -> Any:
    if len(text) > MOST_CHARACTERS:
        raise HashRefused("hash_invalid")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HashRefused("hash_invalid") from error


def _first(value: object) -> str:
    """Return a parameter as text: Keycloak writes each as a list of one."""
    return str(value[0] if isinstance(value, list) and value else value)
