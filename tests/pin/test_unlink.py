from datetime import timedelta

import pytest

from idp.accounts.grants import Grant
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Refused
from idp.oauth.models import Client
from idp.pin import overview, redeem, unlink
from tests.conftest import MovableClock
from tests.pin.situations import (
    NUMBER,
    mails,
    memberships,
    ordered,
    ordered_openly,
    states,
)


def grant(core: Core, who: SignedIn, membership_id: str | None) -> str:
    """Let an application hold a grant of this person."""
    now = core.clock.now()
    with core.writing():
        if core.db.get(Client, "portal") is None:
            core.db.add(
                Client(
                    id="portal", name="Portal", state="active", auth_method="none",
                    redirect_uris=[], post_logout_redirect_uris=[], scopes=[], grant_types=[],
                    id_token_alg="RS256", require_pkce=True, first_party=True, created_at=now,
                )
            )  # fmt: skip
            core.db.flush()
        made = Grant(
            id=core.chance.token(16), account_id=who.account_id, client_id="portal",
            session_id=who.session_id, sid="s", membership_id=membership_id,
            scope="openid business offline_access", auth_time=now, acr="", amr=[],
            created_at=now, ends_at=now + timedelta(days=1),
        )  # fmt: skip
        core.db.add(made)
        return made.id


def revoked(core: Core, grant_id: str) -> bool:
    core.db.expire_all()
    return core.db.get_one(Grant, grant_id).revoked_at is not None


@pytest.fixture
def linked(registered: Core, anna: SignedIn) -> str:
    """The membership of Anna."""
    return redeem.link(registered, anna, NUMBER, "", ordered(registered, anna)).membership_id


def test_leaving_ends_the_link_and_keeps_its_history(
    registered: Core, anna: SignedIn, linked: str
) -> None:
    left = unlink.leave(registered, anna, linked)

    (membership,) = memberships(registered)
    assert left.number == NUMBER
    assert (membership.until is not None, membership.ended_by) == (True, anna.account_id)
    assert overview.memberships(registered, anna.account_id) == []


def test_leaving_ends_what_applications_were_given_for_the_business(
    registered: Core, anna: SignedIn, linked: str
) -> None:
    with_business, without = grant(registered, anna, linked), grant(registered, anna, None)

    unlink.leave(registered, anna, linked)

    assert revoked(registered, with_business)
    assert not revoked(registered, without)


def test_leaving_is_told_by_mail(registered: Core, anna: SignedIn, linked: str) -> None:
    unlink.leave(registered, anna, linked)

    (mail,) = mails(registered, "business_unlinked")
    assert mail.to == anna.email
    assert mail.facts["business"] == f"Tischlerei Beispiel GmbH ({NUMBER})"


def test_nobody_ends_another_persons_link(registered: Core, bert: SignedIn, linked: str) -> None:
    for membership_id in (linked, "", "unknown"):
        with pytest.raises(NotAllowed, match="not_linked"):
            unlink.leave(registered, bert, membership_id)

    assert memberships(registered)[0].until is None


def test_a_link_ends_once(registered: Core, anna: SignedIn, linked: str) -> None:
    unlink.leave(registered, anna, linked)

    with pytest.raises(NotAllowed, match="not_linked"):
        unlink.leave(registered, anna, linked)


def test_own_pins_on_their_way_die_with_the_link_and_others_stay(
    registered: Core, anna: SignedIn, bert: SignedIn, clock: MovableClock
) -> None:
    openly, waiting = ordered_openly(registered), ordered(registered, anna)
    other, elsewhere = ordered(registered, bert), ordered(registered, anna, "0000042")
    linked = redeem.link(registered, anna, NUMBER, "", openly)

    unlink.leave(registered, anna, linked.membership_id)

    assert states(registered) == ["used", "cancelled", "requested", "requested"]
    with pytest.raises(Refused, match="pin_cancelled"):
        redeem.link(registered, anna, NUMBER, "", waiting)
    redeem.link(registered, anna, "0000042", "", elsewhere)
    redeem.link(registered, bert, NUMBER, "", other)


def test_who_left_can_come_back_with_a_new_pin(
    registered: Core, anna: SignedIn, linked: str
) -> None:
    unlink.leave(registered, anna, linked)

    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))

    assert [membership.until is None for membership in memberships(registered)] == [False, True]
