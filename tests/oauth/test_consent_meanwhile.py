"""What may happen while the consent page is open."""

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth import consents, steps
from idp.oauth.models import Consent
from idp.oauth.steps import Situation, Step
from idp.web.house import NAME
from tests import people
from tests.browser import Browser
from tests.oauth.conftest import Member, make_member
from tests.oauth.races import four
from tests.oauth.states import disable_client
from tests.relying_party import Portal


def test_a_client_that_is_disabled_meanwhile_ends_in_an_error_page(
    app: Flask, stranger: Portal, member: Member, browser: Browser
) -> None:
    page = member.enter(stranger, browser)
    disable_client(app, stranger)

    late = page.send(answer="allow")

    assert late.status == 400
    assert late.error_code == "client_unknown"


def test_two_clicks_at_once_are_one_consent(both_app: Flask, both_core: Core) -> None:
    stranger = Portal.register(both_app, first_party=False)
    member = make_member(both_core)
    pages = []
    for _ in range(4):
        browser = Browser(both_app)
        pages.append(member.enter(stranger, browser))

    def allow() -> int:
        page = pages.pop()
        form = page.form("answer")
        data = {**form.fields, "answer": "allow"}
        url = form.action or page.url
        return page.browser.client.post(url, data=data, base_url=stranger.issuer).status_code

    assert four(allow) == [303] * 4
    assert both_core.db.query(Consent).count() == 1


def test_who_sees_the_page_is_who_allows(
    app: Flask, core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    """Another tab signs in somebody else while the page of the first one is open."""
    other = make_member(core, "otto@example.test")
    page = member.enter(stranger, browser)
    browser.open("/login?other=1").send(username=other.email, password=other.password)

    late = page.send(answer="allow")

    assert (late.path, late.status) == ("/consent", 200)
    assert core.db.query(Consent).count() == 0
    assert stranger.caught(lambda: late.send(answer="allow"))["code"]
    people.fresh(core)
    assert core.db.query(Consent).one().account_id == other.id


def test_who_has_signed_out_meanwhile_signs_in_first(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = member.enter(stranger, browser)
    browser.client.delete_cookie("idp_session", domain="127.0.0.1")

    login = page.send(answer="allow")

    assert login.path == "/login"
    assert "Fremde Anwendung" in login.text
    assert login.send(username=member.email, password=member.password).path == "/consent"


def withdrawing(both_app: Flask, patch: pytest.MonkeyPatch, person: str, client: str) -> None:
    """Let the person take back what the client has, right after the next steps were judged."""
    judged = steps.first

    def then_withdrawn(at: Situation) -> Step | None:
        step = judged(at)
        consents.withdraw(both_app.extensions[NAME].core, person, client)
        return step

    patch.setattr(steps, "first", then_withdrawn)


def test_a_withdrawal_after_the_question_was_judged_stops_the_code(
    both_app: Flask, both_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Portal.register(both_app, first_party=False)
    member, browser = make_member(both_core), Browser(both_app)
    page = member.enter(stranger, browser)
    stranger.caught(lambda: page.send(answer="allow"))

    withdrawing(both_app, monkeypatch, member.id, stranger.client.id)

    assert stranger.answer(browser, prompt="none")["error"] == "login_required"


def test_a_withdrawal_stops_the_code_of_the_chambers_own_that_asked_for_consent(
    both_app: Flask, both_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal.register(both_app)
    member, browser = make_member(both_core), Browser(both_app)
    page = member.enter(portal, browser, prompt="consent")
    assert page.path == "/consent"

    withdrawing(both_app, monkeypatch, member.id, portal.client.id)

    assert page.send(answer="allow").path == "/consent"
