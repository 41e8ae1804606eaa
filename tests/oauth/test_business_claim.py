"""The `business` claim in tokens: when it is there, for which business, and when it ends."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from idp.core import Core
from idp.pin.models import Business, Membership
from tests.browser import Browser, Left
from tests.oauth.businesses import end, linked
from tests.oauth.conftest import Member
from tests.oauth.refusals import refused
from tests.relying_party import Portal, answered

SCOPES = ("openid", "profile", "business", "businesses", "offline_access")


@pytest.fixture
def contracts(app: Flask) -> Portal:
    return Portal.register(app, name="Verträge", scopes=SCOPES, auth_method="none")


def claim(portal: Portal, tokens: dict[str, Any]) -> Any:
    return portal.verified(tokens["id_token"]).claims.get("business")


def test_a_linked_member_brings_the_claim_in_id_token_and_userinfo(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member, branch="001")

    tokens = contracts.tokens(member.sign_in(contracts, browser))

    said = claim(contracts, tokens)
    assert said == (contracts.userinfo(tokens["access_token"]).json or {})["business"]
    assert said["id"].startswith("b_")
    assert {name: said[name] for name in said if name not in ("id", "verified_at")} == {
        "name": "Tischlerei 1234567",
        "chamber": "hwk-muster",
        "number": "1234567",
        "branch": "001",
        "verification": "pin_letter",
        "assurance": "post",
    }
    assert isinstance(said["verified_at"], int)


def test_without_a_link_there_is_no_claim_and_no_obstacle(
    contracts: Portal, member: Member, browser: Browser
) -> None:
    tokens = contracts.tokens(member.sign_in(contracts, browser))

    assert claim(contracts, tokens) is None
    assert "business" not in (contracts.userinfo(tokens["access_token"]).json or {})


def test_without_the_scope_there_is_no_claim(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member)

    tokens = contracts.tokens(member.sign_in(contracts, browser, scope="openid profile"))

    assert claim(contracts, tokens) is None


def test_a_client_that_staff_did_not_release_never_gets_it(
    core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member)

    tokens = portal.tokens(member.sign_in(portal, browser, scope="openid business"))

    assert claim(portal, tokens) is None
    assert tokens["scope"] == "openid"


def test_after_the_link_ends_userinfo_is_silent_and_refresh_refused(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    membership = linked(core, member)
    tokens = contracts.tokens(member.sign_in(contracts, browser))

    end(core, membership)

    assert "business" not in (contracts.userinfo(tokens["access_token"]).json or {})
    refused(contracts.refresh(tokens["refresh_token"]), "invalid_grant")


def test_a_closed_business_is_claimed_by_nobody(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member)
    tokens = contracts.tokens(member.sign_in(contracts, browser))
    with core.writing():
        core.db.execute(update(Business).values(status="closed"))

    assert "business" not in (contracts.userinfo(tokens["access_token"]).json or {})
    assert claim(contracts, contracts.tokens(contracts.answer(browser))) is None
    refused(contracts.refresh(tokens["refresh_token"]), "invalid_grant")


def test_several_businesses_are_chosen_from(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member, "1111111")
    second = linked(core, member, "2222222")

    page = contracts.start(browser).send(username=member.email, password=member.password)
    assert page.path == "/business/choose"
    assert "Tischlerei 1111111" in page.text
    with pytest.raises(Left) as left:
        page.send(membership=second)

    assert claim(contracts, contracts.tokens(answered(left.value)))["number"] == "2222222"


def test_a_foreign_membership_cannot_be_chosen(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member, "1111111")
    linked(core, member, "2222222")
    page = contracts.start(browser).send(username=member.email, password=member.password)

    assert page.send(membership="somebody-elses").path == "/business/choose"


def test_threat_54_the_grant_keeps_its_business(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    first, second = linked(core, member, "1111111"), linked(core, member, "2222222")
    one = contracts.start(browser).send(username=member.email, password=member.password)
    with pytest.raises(Left) as left:
        one.send(membership=first)
    tokens = contracts.tokens(answered(left.value))
    with pytest.raises(Left):
        contracts.start(browser).send(membership=second)

    refreshed = contracts.refresh(tokens["refresh_token"]).json or {}

    assert claim(contracts, refreshed)["number"] == "1111111"


def test_prompt_none_never_guesses_a_business(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(contracts, browser)
    linked(core, member, "1111111")
    linked(core, member, "2222222")

    assert contracts.answer(browser, prompt="none")["error"] == "interaction_required"


def test_a_hint_selects_a_linked_business_and_no_other(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member, "1111111")
    wanted = core.db.get_one(Membership, linked(core, member, "2222222")).business_id
    member.sign_in(contracts, browser, business_hint=wanted)

    hinted = contracts.answer(browser, business_hint=wanted, prompt="none")
    foreign = contracts.answer(browser, business_hint="b_unknown", prompt="none")

    assert claim(contracts, contracts.tokens(hinted))["number"] == "2222222"
    assert foreign["error"] == "interaction_required"


def test_businesses_lists_all_in_userinfo_alone(
    core: Core, contracts: Portal, member: Member, browser: Browser
) -> None:
    linked(core, member, "1111111")
    chosen = core.db.get_one(Membership, linked(core, member, "2222222")).business_id

    tokens = contracts.tokens(member.sign_in(contracts, browser, business_hint=chosen))

    listed = (contracts.userinfo(tokens["access_token"]).json or {})["businesses"]
    assert [entry["number"] for entry in listed] == ["1111111", "2222222"]
    assert "businesses" not in contracts.verified(tokens["id_token"]).claims
