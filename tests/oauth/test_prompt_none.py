"""`prompt=none` and every state that asks for something: an error instead of a page, always.

(OIDC Core §3.1.2.6; one row a step of the journey.)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from idp.accounts.models import Account
from idp.core import Core
from idp.web.house import NAME
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import set_account
from tests.relying_party import Portal

SCOPES = ("openid", "profile", "business")
LEVEL = '{"id_token": {"acr": {"essential": true, "values": ["urn:kammer-idp:acr:mfa"]}}}'
BUSINESS = '{"id_token": {"business": {"essential": true}}}'


def nothing(_core: Core, _member: Member) -> None:
    """The member as he is."""


def of_two_businesses(core: Core, member: Member) -> None:
    linked(core, member, "1234567")
    linked(core, member, "7654321")


def with_renewal_due(core: Core, member: Member) -> None:
    changed(core, member, must_change="policy")


def of_older_terms(core: Core, member: Member) -> None:
    changed(core, member, terms_version="2020-01")


def changed(core: Core, member: Member, **values: object) -> None:
    with core.writing():
        core.db.execute(update(Account).where(Account.id == member.id).values(**values))


@dataclass(frozen=True)
class Row:
    """A state, what is asked in it, and the error that comes back."""

    error: str
    member: Callable[[Core, Member], None] = nothing
    asked: dict[str, str] = field(default_factory=dict)
    signed_in: bool = True
    first_party: bool = True


ROWS = {
    "not signed in": Row("login_required", signed_in=False),
    "consent missing": Row("consent_required", first_party=False),
    "chooser needed": Row("interaction_required", of_two_businesses),
    "hinted business not linked": Row("interaction_required", asked={"business_hint": "b_other"}),
    "business a must": Row("interaction_required", asked={"claims": BUSINESS}),
    "renewal due": Row("interaction_required", with_renewal_due),
    "new terms": Row("interaction_required", of_older_terms),
    "factor missing": Row("unmet_authentication_requirements", asked={"claims": LEVEL}),
    "sign-in too old": Row("login_required", asked={"max_age": "0"}),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def strict_app(
    request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock
) -> Iterator[Flask]:
    """An installation that asks for new terms."""
    sqlite = request.param == "sqlite"
    url = None if sqlite else request.getfixturevalue("postgresql_url")
    terms = {"terms_renewal": True, "terms_version": "2026-01"}
    app = built(settings_for(tmp_path, url, registration=terms), clock)
    yield app
    dispose(app)


@pytest.mark.parametrize("name", ROWS)
def test_oidcc_prompt_none_gets_an_error_in_every_state_that_needs_a_page(
    strict_app: Flask, clock: MovableClock, name: str
) -> None:
    row, browser = ROWS[name], Browser(strict_app)
    portal = Portal.register(strict_app, scopes=SCOPES)
    with strict_app.app_context():
        core = strict_app.extensions[NAME].core
        member = make_member(core)
        changed(core, member, terms_version="2026-01")
    if row.signed_in:
        assert member.sign_in(portal, browser, scope="openid")["code"]
    clock.advance(seconds=2)
    with strict_app.app_context():
        row.member(core, member)
        if name == "hinted business not linked":
            linked(core, member)
    if not row.first_party:
        portal = Portal.register(strict_app, scopes=SCOPES, first_party=False)
    state = "s" * 124 + "-._~"

    answer = portal.answer(browser, prompt="none", state=state, **row.asked)

    assert answer["error"] == row.error
    assert (answer["state"], answer["iss"]) == (state, portal.issuer)
    assert "code" not in answer.parameters


def test_none_of_it_due_there_is_a_code(strict_app: Flask, clock: MovableClock) -> None:
    portal, browser = Portal.register(strict_app, scopes=SCOPES), Browser(strict_app)
    with strict_app.app_context():
        core = strict_app.extensions[NAME].core
        member = make_member(core)
        changed(core, member, terms_version="2026-01")
        linked(core, member)
    member.sign_in(portal, browser)
    clock.advance(seconds=2)

    assert portal.answer(browser, prompt="none", claims=BUSINESS)["code"]


def test_a_locked_account_is_as_good_as_not_signed_in(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)
    set_account(app, member.id, "locked")

    assert portal.answer(browser, prompt="none")["error"] == "login_required"


def test_a_prompt_that_is_not_offered_is_told(
    app: Flask, portal: Portal, browser: Browser, tmp_path: Path, clock: MovableClock
) -> None:
    closed = built(settings_for(tmp_path, registration={"enabled": False}), clock)
    there = Portal.register(closed)

    assert portal.answer(browser, prompt="bogus")["error"] == "invalid_request"
    assert there.answer(Browser(closed), prompt="create")["error"] == "invalid_request"
    document = closed.test_client().get("/.well-known/openid-configuration", base_url=there.issuer)
    assert "create" not in (document.json or {})["prompt_values_supported"]
    dispose(closed)
