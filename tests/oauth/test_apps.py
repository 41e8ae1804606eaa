"""`/account/apps`: who may use the account, and how to take that back."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp.accounts.grants import Grant
from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.oauth import resources
from idp.oauth.models import Client, Consent
from idp.outbox import Kind, OutboxRow
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client, end_session
from tests.relying_party import Portal

API = "https://api.example/marks"
SCOPES = ("openid", "profile", "email", "offline_access")


@pytest.fixture
def stranger(app: Flask) -> Portal:
    return Portal.register(
        app, name="Lernplattform", purpose="Noten anzeigen", scopes=SCOPES, first_party=False
    )


def allowed(portal: Portal, member: Member, browser: Browser, **asked: str) -> dict[str, Any]:
    page = portal.start(browser, **asked)
    if page.path == "/login":
        page = page.send(username=member.email, password=member.password)
    return portal.tokens(portal.caught(lambda: page.send(answer="allow")))


def withdrawn(browser: Browser, client_id: str) -> Page:
    page = browser.open("/account/apps")
    return browser.post("/account/apps", {**page.form("csrf_token").fields, "client": client_id})


def stored(core: Core) -> tuple[int, int]:
    """Return how many consents there are, and how many living grants."""
    people.fresh(core)
    living = core.db.query(Grant).filter(Grant.revoked_at.is_(None)).count()
    return core.db.query(Consent).count(), living


def test_the_list_tells_name_purpose_what_and_since_when(
    stranger: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    allowed(stranger, member, browser, scope="openid email")

    page = browser.open("/account/apps")

    assert page.status == 200
    for words in ("Lernplattform", "Noten anzeigen", "Ihre E-Mail-Adresse", "Seit",
                  "Auch wenn Sie nicht angemeldet sind Nein"):  # fmt: skip
        assert words in page.text
    assert "Ihren Namen" not in page.text
    assert "gehört zur Kammer" not in page.text


def test_offline_access_is_told(stranger: Portal, member: Member, browser: Browser) -> None:
    allowed(stranger, member, browser, prompt="consent")

    assert "Auch wenn Sie nicht angemeldet sind Ja" in browser.open("/account/apps").text


def test_the_account_leads_to_it(portal: Portal, member: Member, browser: Browser) -> None:
    member.sign_in(portal, browser)

    assert "/account/apps" in browser.open("/account").links


def test_who_is_not_signed_in_signs_in_first(member: Member, browser: Browser) -> None:
    login = browser.open("/account/apps")
    assert login.path == "/login"

    page = login.send(username=member.email, password=member.password)

    assert page.path == "/account/apps"
    assert "Zurzeit darf keine Anwendung" in page.text


def test_the_chambers_own_applications_appear_too(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, name="Kursbuchung")
    member.sign_in(portal, browser)

    page = browser.open("/account/apps")

    assert "Kursbuchung" in page.text
    assert "gehört zur Kammer" in page.text
    assert "Ihren Namen" in page.text


def test_a_claim_and_an_api_of_a_grant_are_told(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    resources.add(core, API, "Notenauskunft")
    portal = Portal.register(app, scopes=("openid", "profile", "email"), resources=(API,))
    claims = '{"userinfo": {"birthdate": null, "email": null}}'
    member.sign_in(portal, browser, scope="openid email", claims=claims, resource=API)

    page = browser.open("/account/apps")

    assert "Zugriff auf „Notenauskunft“" in page.text
    assert "Ihr Geburtsdatum" in page.text
    assert page.text.count("Ihre E-Mail-Adresse") == 1
    assert "Ihren Namen" not in page.text


def test_an_application_of_a_session_that_is_over_is_gone_one_with_offline_access_is_not(
    app: Flask, member: Member, browser: Browser, clock: MovableClock
) -> None:
    session = Portal.register(app, name="Kursbuchung")
    lasting = Portal.register(app, name="Auswertung", scopes=SCOPES)
    member.sign_in(session, browser)
    lasting.tokens(lasting.answer(browser))
    end_session(browser)
    clock.advance(hours=1)

    page = browser.open("/login").send(username=member.email, password=member.password)

    page = page.browser.open("/account/apps")
    assert "Auswertung" in page.text
    assert "Kursbuchung" not in page.text


def test_a_session_that_idled_out_leaves_no_application_in_the_list(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock
) -> None:
    member.sign_in(portal, browser)
    clock.advance(hours=1)

    browser.open("/login").send(username=member.email, password=member.password)

    assert "Zurzeit darf keine Anwendung" in browser.open("/account/apps").text


def test_taking_back_ends_consent_and_every_grant_at_once(both_app: Flask, both_core: Core) -> None:
    stranger = Portal.register(both_app, name="Lernplattform", scopes=SCOPES, first_party=False)
    member, browser = make_member(both_core), Browser(both_app)
    tokens = allowed(stranger, member, browser, prompt="consent")
    code = stranger.answer(browser)
    assert stored(both_core) == (1, 2)

    page = withdrawn(browser, stranger.client.id)

    assert "„Lernplattform“ darf Ihr Konto nicht mehr verwenden." in page.text
    assert "Zurzeit darf keine Anwendung" in page.text
    assert stored(both_core) == (0, 0)
    assert stranger.userinfo(tokens["access_token"]).status_code == 401
    assert stranger.refresh(tokens["refresh_token"]).status_code == 400
    assert stranger.redeem(code).status_code == 400
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"
    notes = both_core.db.query(AuditEvent).filter_by(kind="consent.withdrawn").all()
    assert [(note.account_id, note.facts) for note in notes] == [
        (member.id, {"client": stranger.client.id})
    ]


def test_taking_back_ends_what_other_browsers_gave(
    app: Flask, core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    elsewhere = Browser(app)
    tokens = allowed(stranger, member, elsewhere, prompt="consent")
    browser.open("/login").send(username=member.email, password=member.password)

    withdrawn(browser, stranger.client.id)

    assert stranger.refresh(tokens["refresh_token"]).status_code == 400
    assert elsewhere.open("/account").path == "/account"


def test_the_application_is_told_by_back_channel_logout(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    told = Portal.register(app, backchannel_logout_uri="https://portal.example/out")
    member.sign_in(told, browser)

    withdrawn(browser, told.client.id)

    people.fresh(core)
    rows = core.db.scalars(select(OutboxRow).where(OutboxRow.kind == Kind.LOGOUT)).all()
    assert len(rows) == 1


def test_taking_back_from_the_chambers_own_ends_its_grants_and_asks_nothing_later(
    portal: Portal, member: Member, browser: Browser
) -> None:
    tokens = portal.tokens(member.sign_in(portal, browser))

    withdrawn(browser, portal.client.id)

    assert portal.userinfo(tokens["access_token"]).status_code == 401
    assert portal.answer(browser, prompt="none")["code"]


def test_one_application_is_taken_back_the_others_stay(
    app: Flask, stranger: Portal, member: Member, browser: Browser
) -> None:
    allowed(stranger, member, browser)
    other = Portal.register(app, name="Andere", first_party=False)
    tokens = allowed(other, member, browser)

    page = withdrawn(browser, stranger.client.id)

    assert "Andere" in page.text
    assert other.userinfo(tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("client_id", ["", "gibtsnicht", "x" * 5000, "' OR 1=1 --"])
def test_an_unknown_application_changes_nothing(
    core: Core, stranger: Portal, member: Member, browser: Browser, client_id: str
) -> None:
    allowed(stranger, member, browser)
    before = stored(core)

    page = withdrawn(browser, client_id)

    assert (page.status, stored(core)) == (200, before)
    assert "Zurückgenommen" not in page.text
    assert core.db.query(AuditEvent).filter_by(kind="consent.withdrawn").count() == 0


def test_threat_32_nobody_takes_back_what_somebody_else_allowed(
    app: Flask, core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    tokens = allowed(stranger, member, browser, prompt="consent")
    other, thief = make_member(core, "otto@example.test"), Browser(app)
    thief.open("/login").send(username=other.email, password=other.password)

    page = withdrawn(thief, stranger.client.id)

    assert "Lernplattform" not in page.text
    assert stranger.refresh(tokens["refresh_token"]).status_code == 200
    assert stranger.answer(browser, prompt="none")["code"]


def test_taking_back_needs_our_form(
    core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    allowed(stranger, member, browser)

    forged = browser.post("/account/apps", {"client": stranger.client.id})

    assert forged.error_code == "csrf"
    assert stored(core)[0] == 1


def test_a_disabled_application_can_still_be_taken_back(
    app: Flask, core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    allowed(stranger, member, browser)
    disable_client(app, stranger)
    assert "Lernplattform" in browser.open("/account/apps").text

    withdrawn(browser, stranger.client.id)

    assert stored(core) == (0, 0)


def test_a_name_of_strangers_is_escaped(
    core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    allowed(stranger, member, browser)
    with core.writing():
        core.db.execute(update(Client).values(name="<script>alert(1)</script>"))

    assert "<script>alert" not in browser.open("/account/apps").response.text
    assert "<script>alert" not in withdrawn(browser, stranger.client.id).response.text


def test_offline_access_that_is_over_is_gone_from_the_list(
    app: Flask, member: Member, browser: Browser, clock: MovableClock
) -> None:
    scopes = ("openid", "offline_access")
    member.sign_in(Portal.register(app, name="Auswertung", scopes=scopes), browser)
    assert "Auswertung" in browser.open("/account/apps").text

    clock.advance(days=180, seconds=1)
    browser.open("/login").send(username=member.email, password=member.password)

    assert "Auswertung" not in browser.open("/account/apps").text
