"""The claims `business` and `businesses`: for whom a person may act, and how that was proven."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from idp.plugins import ClaimFacts


def describe(chamber_id: str, row: Row[Any]) -> dict[str, object]:
    """Return the members of the claim for a membership joined with its business.

    Absent ones are left out. `role` is what staff or the register set, never what the person says.
    """
    said = {
        "id": row.business_id,
        "name": row.name,
        "chamber": chamber_id,
        "number": row.number,
        "branch": row.branch,
        "role": row.role,
        "declared_role": row.declared_role,
        "verified_at": int(row.verified_at.timestamp()),
        "verification": row.method,
        "assurance": row.assurance,
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def business_claim(facts: ClaimFacts) -> Mapping[str, object]:
    """Return the claims of the scopes `business` and `businesses`; nothing without a membership."""
    said: dict[str, object] = {}
    if "business" in facts.scopes and facts.business:
        said["business"] = dict(facts.business)
    if "businesses" in facts.scopes and facts.businesses:
        said["businesses"] = [dict(business) for business in facts.businesses]
    return said
