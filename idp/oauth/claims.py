"""What is said about a person: the claim sources asked, and the standard claims among them."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from idp.core import Core
from idp.plugins import ClaimFacts

# Which claims a scope stands for: OIDC Core §5.4, and our own two.
SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "profile": (
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
        "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    "business": ("business",),
    "businesses": ("businesses",),
})  # fmt: skip
STANDARD = ("profile", "email", "phone", "address")
# OIDC Core §5.1.1.
ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
# A day, one of an unknown year, or a year alone (OIDC Core §5.1).
BIRTHDATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?")


def profile_claims(facts: ClaimFacts) -> Mapping[str, object]:
    """Return the standard claims of the granted scopes (OIDC Core §5.4).

    Empty and wrongly typed ones are left out: relying parties may trust the types of §5.1.
    """
    person = {**facts.account, "name": _whole_name(facts.account)}
    wanted = (name for scope in STANDARD if scope in facts.scopes for name in SCOPE_CLAIMS[scope])
    found = {name: _fitting(name, person.get(name)) for name in wanted}
    for name in ("email", "phone_number"):
        if found.get(name) is None:
            # A verification of nothing.
            found.pop(f"{name}_verified", None)
    return {name: value for name, value in found.items() if value is not None}


def about(core: Core, facts: ClaimFacts) -> dict[str, Any]:
    """Ask every claim source; later ones win."""
    said: dict[str, Any] = {}
    for _name, source in core.plugins.claim_sources.items():
        said.update(source(facts))
    return said


def _whole_name(person: Mapping[str, object]) -> str:
    names = (_words(person.get("given_name")), _words(person.get("family_name")))
    return " ".join(name for name in names if name)


def _fitting(name: str, value: object) -> object | None:
    """Return the value if it is of the claim's type (OIDC Core §5.1), else None."""
    if name.endswith("_verified"):
        return value if isinstance(value, bool) else None
    if name == "updated_at":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if name == "address":
        return _place(value)
    words = _words(value)
    if name == "birthdate" and words and not BIRTHDATE.fullmatch(words):
        return None
    return words


def _words(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _place(value: object) -> Mapping[str, str] | None:
    given = value if isinstance(value, Mapping) else {}
    members = {name: words for name in ADDRESS if (words := _words(given.get(name)))}
    return members or None
