from collections.abc import Mapping

from sqlalchemy import Row, select

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.oauth import store
from idp.pin import redeem
from idp.pin.claim import business_claim, describe
from idp.pin.models import Membership
from idp.plugins import ClaimFacts
from tests.pin.situations import NUMBER, ordered

Facts = Mapping[str, object]
BUSINESS = {"id": "b_1", "name": "Beispiel"}


def row_of(core: Core, who: SignedIn, branch: str = "") -> Row[*tuple[object, ...]]:
    redeem.link(core, who, NUMBER, branch, ordered(core, who, NUMBER, branch))
    (row,) = store.memberships(core, who.account_id)
    return row


def said(scopes: str, business: Facts | None, *every: Facts) -> Facts:
    return business_claim(
        ClaimFacts("sub", "client", frozenset(scopes.split()), {}, business, every)
    )


def test_a_membership_is_described_without_what_is_absent(registered: Core, anna: SignedIn) -> None:
    row = row_of(registered, anna)

    claim = describe("hwk-muster", row)

    verified = registered.db.scalars(select(Membership.verified_at)).one()
    assert claim == {
        "id": row.business_id,
        "name": "Tischlerei Beispiel GmbH",
        "chamber": "hwk-muster",
        "number": NUMBER,
        "verified_at": int(verified.timestamp()),
        "verification": "pin_letter",
        "assurance": "post",
    }


def test_a_branch_and_roles_are_told_where_they_are(registered: Core, anna: SignedIn) -> None:
    row_of(registered, anna, "001")
    membership = registered.db.scalars(select(Membership)).one()
    membership.role, membership.declared_role = "owner", "hr"
    registered.db.commit()

    (row,) = store.memberships(registered, anna.account_id)
    claim = describe("hwk-muster", row)

    assert (claim["branch"], claim["role"], claim["declared_role"]) == ("001", "owner", "hr")


def test_the_claim_needs_scope_and_membership() -> None:
    assert said("openid business", BUSINESS) == {"business": BUSINESS}
    assert said("openid", BUSINESS) == {}
    assert said("openid business", None) == {}


def test_all_businesses_need_a_scope_of_their_own() -> None:
    assert said("openid businesses", None, BUSINESS) == {"businesses": [BUSINESS]}
    assert said("openid business", None, BUSINESS) == {}
    assert said("openid businesses", None) == {}
