"""Consent: asked once, remembered, never skipped for strangers."""

import json
from urllib.parse import urlsplit

import pytest
from flask import Flask

from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.oauth import resources
from idp.oauth.models import Consent
from tests import people
from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.oauth.conftest import Member, make_member
from tests.relying_party import Portal, answered

API = "https://api.example/marks"


def test_allowing_is_remembered(stranger: Portal, member: Member, browser: Browser) -> None:
    page = member.enter(stranger, browser)
    with pytest.raises(Left) as left:
        page.send(answer="allow")

    assert stranger.tokens(answered(left.value))["id_token"]
    assert stranger.answer(browser, prompt="none")["code"]


def test_denying_goes_back_with_an_error(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = member.enter(stranger, browser)
    with pytest.raises(Left) as left:
        page.send(answer="deny")

    answer = answered(left.value)
    assert answer["error"] == "access_denied"
    assert answer["state"] == "the-state"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"


def test_more_than_was_allowed_is_asked_again(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = member.enter(stranger, browser, scope="openid")
    with pytest.raises(Left):
        page.send(answer="allow")

    more = stranger.start(browser)
    assert more.path == "/consent"
    assert stranger.answer(browser, scope="openid")["code"]
    with pytest.raises(Left):
        more.send(answer="allow")
    assert stranger.answer(browser)["code"]


def test_what_was_allowed_is_added_to_what_was_allowed_before(
    both_app: Flask, both_core: Core, clock: MovableClock
) -> None:
    stranger = Portal.register(both_app, first_party=False)
    member, browser = make_member(both_core), Browser(both_app)
    page = member.enter(stranger, browser, scope="openid email")
    stranger.caught(lambda: page.send(answer="allow"))
    before = both_core.db.query(Consent).one().given_at
    clock.advance(seconds=1)

    more = stranger.start(browser, scope="openid profile")
    stranger.caught(lambda: more.send(answer="allow"))

    people.fresh(both_core)
    row = both_core.db.query(Consent).one()
    assert row.scopes == ["email", "openid", "profile"]
    assert row.given_at > before
    notes = both_core.db.query(AuditEvent).filter_by(kind="consent.given").all()
    assert [note.facts for note in notes] == [{"client": stranger.client.id}] * 2


@pytest.mark.parametrize("first_party", [True, False])
def test_prompt_consent_asks_whatever_was_allowed_and_once(
    app: Flask, member: Member, browser: Browser, clock: MovableClock, *, first_party: bool
) -> None:
    portal = Portal.register(app, first_party=first_party)
    first = member.enter(portal, browser, prompt="consent")
    portal.caught(lambda: first.send(answer="allow"))
    clock.advance(seconds=1)

    again = portal.start(browser, prompt="consent")

    assert (first.path, again.path) == ("/consent", "/consent")
    assert portal.caught(lambda: again.send(answer="allow"))["code"]
    assert portal.answer(browser, prompt="none")["code"]


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_the_refusal_comes_in_the_mode_that_was_asked(
    stranger: Portal, member: Member, browser: Browser, mode: str
) -> None:
    page = member.enter(stranger, browser, response_mode=mode)

    answer = stranger.caught(lambda: page.send(answer="deny"))

    assert (answer.mode, answer["error"], answer["state"]) == (mode, "access_denied", "the-state")
    assert answer["iss"] == stranger.issuer


def test_consent_needs_our_form(stranger: Portal, member: Member, browser: Browser) -> None:
    page = member.enter(stranger, browser)

    forged = browser.post(page.url, {"answer": "allow"})

    assert forged.error_code == "csrf"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"


def test_without_a_request_there_is_nothing_to_allow(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    member.enter(stranger, browser)

    assert browser.open("/consent").error_code == "request_expired"
    assert browser.open("/consent?r=unknown").error_code == "request_expired"


def test_the_answer_to_one_request_is_none_to_another(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=("openid", "offline_access"), offline_allowed=False)
    member.sign_in(portal, browser)
    much = portal.start(browser, prompt="consent")
    little = portal.start(browser, prompt="consent", scope="openid")

    assert portal.caught(lambda: little.send(answer="allow"))["code"]

    assert browser.open(f"/oauth/authorize?{urlsplit(much.url).query}").path == "/consent"


@pytest.mark.parametrize(
    "more", [{"resource": API}, {"claims": json.dumps({"userinfo": {"email": None}})}]
)
def test_an_api_or_a_single_claim_beyond_what_was_allowed_is_asked_too(
    app: Flask, core: Core, member: Member, browser: Browser, more: dict[str, str]
) -> None:
    resources.add(core, API, "Notenauskunft")
    stranger = Portal.register(app, resources=(API,), first_party=False)
    page = member.enter(stranger, browser, scope="openid")
    stranger.caught(lambda: page.send(answer="allow"))

    answer = stranger.answer(browser, scope="openid", prompt="none", **more)
    assert answer["error"] == "consent_required"

    page = stranger.start(browser, scope="openid", **more)
    assert stranger.caught(lambda: page.send(answer="allow"))["code"]
    assert stranger.answer(browser, scope="openid", prompt="none", **more)["code"]


@pytest.mark.parametrize("answer", ["", "ALLOW", "vielleicht"])
def test_any_other_word_than_allow_allows_nothing(
    app: Flask, member: Member, browser: Browser, answer: str
) -> None:
    stranger = Portal.register(app, first_party=False)
    page = member.enter(stranger, browser)

    with pytest.raises(Left) as left:
        page.send(answer=answer)

    assert answered(left.value)["error"] == "access_denied"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"
