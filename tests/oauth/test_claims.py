"""The standard claims: which scope says what, and that nothing ill-typed leaves (OIDC Core §5)."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.models import Account
from idp.core import Core
from idp.oauth import tokens
from idp.oauth.claims import ADDRESS, SCOPE_CLAIMS, STANDARD, profile_claims
from idp.oauth.registry import SCOPES
from idp.plugins import ClaimFacts
from tests.browser import Browser
from tests.oauth.conftest import Member, make_member
from tests.relying_party import Portal

FURTHER: dict[str, Any] = {
    "middle_name": "Maria", "nickname": "Eri", "preferred_username": "erika",
    "profile": "https://erika.example/", "picture": "https://erika.example/me.png",
    "website": "https://tischlerei.example/", "gender": "female", "birthdate": "1985-04-12",
    "zoneinfo": "Europe/Berlin",
    "phone_number": "+4930123456", "phone_number_verified": True,
    "address": {"formatted": "Weg 1\n12345 Ort", "street_address": "Weg 1", "locality": "Ort",
                "region": "Land", "postal_code": "12345", "country": "Deutschland"},
}  # fmt: skip
COLUMNS: dict[str, Any] = {
    "email": "erika@example.test", "email_verified": True, "given_name": "Erika",
    "family_name": "Beispiel", "locale": "de", "updated_at": 1790000000,
}  # fmt: skip
EVERYTHING = {**FURTHER, **COLUMNS}


def said(account: dict[str, Any], *scopes: str) -> dict[str, Any]:
    facts = ClaimFacts("s_1", "c_1", frozenset(scopes or STANDARD), account, None)
    return dict(profile_claims(facts))


def asked(app: Flask, core: Core, browser: Browser, *scopes: str) -> dict[str, Any]:
    """Sign in a person with every claim for these scopes, and ask userinfo."""
    member = make_member(core)
    with core.writing():
        core.db.get_one(Account, member.id).claims = FURTHER
    portal = Portal.register(app, scopes=("openid", *scopes))
    tokens = portal.tokens(member.sign_in(portal, browser))
    answer: dict[str, Any] = portal.userinfo(tokens["access_token"]).json or {}
    return answer


def test_every_standard_claim_is_said_as_it_is_stored(both_app: Flask, both_core: Core) -> None:
    """Which scope stands for which claims: `tests/conformance`."""
    answer = asked(both_app, both_core, Browser(both_app), *STANDARD)

    assert set(answer) - {"sub"} == {name for scope in STANDARD for name in SCOPE_CLAIMS[scope]}
    assert answer.items() >= FURTHER.items()
    assert answer["name"] == "Erika Beispiel"


def test_columns_win_over_claims_of_the_same_name(
    app: Flask, core: Core, browser: Browser, member: Member
) -> None:
    with core.writing():
        core.db.get_one(Account, member.id).claims = {
            "email": "other@example.test", "email_verified": False, "given_name": "Otto",
            "sub": "x",
        }  # fmt: skip
    portal = Portal.register(app, scopes=("openid", "profile", "email"))

    answer = portal.userinfo(portal.tokens(member.sign_in(portal, browser))["access_token"]).json

    assert answer
    assert (answer["sub"], answer["email"], answer["given_name"]) == (
        member.id, member.email, "Erika",
    )  # fmt: skip


def test_a_scope_says_its_own_claims_alone() -> None:
    for scope in STANDARD:
        assert set(said(EVERYTHING, scope)) == set(SCOPE_CLAIMS[scope])
    assert said(EVERYTHING, "openid", "offline_access", "business") == {}


def test_every_scope_that_stands_for_claims_exists() -> None:
    assert set(SCOPE_CLAIMS) == set(SCOPES) - {"openid", "offline_access"}
    names = [name for claims in SCOPE_CLAIMS.values() for name in claims]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("given_name", "family_name", "name"),
    [("Erika", None, "Erika"), (None, "Beispiel", "Beispiel"), ("Erika", " ", "Erika")],
)
def test_a_name_is_made_of_what_there_is(
    given_name: str | None, family_name: str | None, name: str
) -> None:
    assert said({"given_name": given_name, "family_name": family_name})["name"] == name


def test_without_an_address_nothing_is_verified() -> None:
    assert said({"email_verified": True, "phone_number_verified": True, "phone_number": ""}) == {}
    assert said({"email": "a@b.test"}) == {"email": "a@b.test"}


@pytest.mark.parametrize("birthdate", ["1985-04-12", "0000-04-12", "1985"])
def test_a_birthdate_is_a_day_a_day_without_a_year_or_a_year(birthdate: str) -> None:
    assert said({"birthdate": birthdate}) == {"birthdate": birthdate}


@pytest.mark.parametrize("birthdate", ["12.04.1985", "1985-4-12", "1985-13-01", "85", "1985-04"])
def test_a_birthdate_in_another_spelling_is_not_said(birthdate: str) -> None:
    assert said({"birthdate": birthdate}) == {}


def test_an_address_keeps_its_six_members_alone() -> None:
    address = {"locality": "Ort", "country": "", "region": None, "postal_code": 12345, "floor": "2"}

    assert said({"address": address}) == {"address": {"locality": "Ort"}}
    assert said({"address": {"floor": "2"}}) == said({"address": "Weg 1"}) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(ADDRESS), inner),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(EVERYTHING, JSON)))
def test_whatever_is_stored_only_well_typed_values_leave(account: dict[str, Any]) -> None:
    for name, value in said(account).items():
        if name.endswith("_verified"):
            assert isinstance(value, bool)
        elif name == "updated_at":
            assert type(value) is int
        else:
            texts = list(value.values()) if name == "address" else [value]
            assert texts
            assert all(isinstance(text, str) and text.strip() for text in texts)


def test_what_a_source_says_never_stands_for_what_the_protocol_says(
    app: Flask, member: Member, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal.register(app, scopes=("openid", "business"))
    protocol = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "sid", "at_hash")
    said = dict.fromkeys(protocol, "made up")
    monkeypatch.setattr(tokens, "about", lambda *_: {**said, "business": {"number": "1"}})

    given: dict[str, Any] = portal.tokens(member.sign_in(portal, browser))

    claims = portal.verified(given["id_token"]).claims
    assert claims["business"] == {"number": "1"}
    assert "made up" not in [claims[name] for name in protocol]
    assert (portal.userinfo(given["access_token"]).json or {})["sub"] == member.id
