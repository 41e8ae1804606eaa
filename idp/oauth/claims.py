"""What is said about a person: the claim sources asked, and the standard claims among them."""

from collections.abc import Mapping
from typing import Any

from idp.core import Core
from idp.plugins import ClaimFacts


def profile_claims(facts: ClaimFacts) -> Mapping[str, object]:
    """Return the claims of `profile` and `email` (OIDC Core §5.4), without empty ones."""
    wanted: dict[str, object] = {}
    person = facts.account
    if "profile" in facts.scopes:
        names = (person.get("given_name"), person.get("family_name"))
        wanted["name"] = " ".join(str(name) for name in names if name)
        wanted["given_name"], wanted["family_name"] = names
        wanted["locale"] = person.get("locale")
        wanted["updated_at"] = person.get("updated_at")
    if "email" in facts.scopes:
        wanted["email"] = person.get("email")
        wanted["email_verified"] = person.get("email_verified")
    return {name: value for name, value in wanted.items() if value not in (None, "")}


def about(core: Core, facts: ClaimFacts) -> dict[str, Any]:
    """Ask every claim source; later ones win."""
    said: dict[str, Any] = {}
    for _name, source in core.plugins.claim_sources.items():
        said.update(source(facts))
    return said
