"""Consent: asked once, remembered, never skipped for strangers."""

from urllib.parse import urlsplit

import pytest
from flask import Flask

from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.oauth import consents, resources, steps
from idp.oauth.claims import SCOPE_CLAIMS
from idp.oauth.models import Consent
from idp.oauth.steps import Situation, Step
from idp.web.house import NAME
from tests import people
from tests.browser import Browser, Left, Page
from tests.conftest import MovableClock
from tests.house.test_texts import ENGLISH, GERMAN
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client
from tests.oauth.test_races import together
from tests.relying_party import Portal, answered

EVERYTHING = ("openid", "profile", "email", "phone", "address", "offline_access")
API = "https://api.example/marks"


@pytest.fixture
def stranger(app: Flask) -> Portal:
    """An application of somebody else."""
    return Portal.register(app, name="Fremde Anwendung", purpose="Kurse buchen", first_party=False)


def asked(stranger: Portal, member: Member, browser: Browser) -> Page:
    return stranger.start(browser).send(username=member.email, password=member.password)


def test_the_page_names_application_purpose_and_data(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = asked(stranger, member, browser)

    assert page.path == "/consent"
    assert {"allow", "deny"} <= set(page.ids)
    assert "Fremde Anwendung" in page.text
    assert "Kurse buchen" in page.text


def test_allowing_is_remembered(stranger: Portal, member: Member, browser: Browser) -> None:
    page = asked(stranger, member, browser)
    with pytest.raises(Left) as left:
        page.send(answer="allow")

    assert stranger.tokens(answered(left.value))["id_token"]
    assert stranger.answer(browser, prompt="none")["code"]


def test_denying_goes_back_with_an_error(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = asked(stranger, member, browser)
    with pytest.raises(Left) as left:
        page.send(answer="deny")

    answer = answered(left.value)
    assert answer["error"] == "access_denied"
    assert answer["state"] == "the-state"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"


def test_more_than_was_allowed_is_asked_again(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = stranger.start(browser, scope="openid").send(
        username=member.email, password=member.password
    )
    with pytest.raises(Left):
        page.send(answer="allow")

    more = stranger.start(browser)
    assert more.path == "/consent"
    assert stranger.answer(browser, scope="openid")["code"]
    with pytest.raises(Left):
        more.send(answer="allow")
    assert stranger.answer(browser)["code"]


def test_consent_needs_our_form(stranger: Portal, member: Member, browser: Browser) -> None:
    page = asked(stranger, member, browser)

    forged = browser.post(page.url, {"answer": "allow"})

    assert forged.error_code == "csrf"
    assert stranger.answer(browser, prompt="none")["error"] == "consent_required"


def test_without_a_request_there_is_nothing_to_allow(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    asked(stranger, member, browser)

    assert browser.open("/consent").error_code == "request_expired"
    assert browser.open("/consent?r=unknown").error_code == "request_expired"


def test_a_client_that_is_disabled_meanwhile_ends_in_an_error_page(
    app: Flask, stranger: Portal, member: Member, browser: Browser
) -> None:
    page = asked(stranger, member, browser)
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
        pages.append(asked(stranger, member, browser))

    def allow() -> int:
        page = pages.pop()
        form = page.form("answer")
        data = {**form.fields, "answer": "allow"}
        url = form.action or page.url
        return page.browser.client.post(url, data=data, base_url=stranger.issuer).status_code

    assert together(allow) == [303] * 4


def test_claims_asked_by_name_are_told_one_by_one(
    app: Flask, member: Member, browser: Browser
) -> None:
    stranger = Portal.register(app, scopes=EVERYTHING, first_party=False)
    claims = '{"userinfo": {"birthdate": null, "email": null}, "id_token": {"gender": null}}'
    stranger.scope = "openid email"

    page = stranger.start(browser, claims=claims).send(
        username=member.email, password=member.password
    )

    assert "Ihr Geburtsdatum" in page.text
    assert "Ihr Geschlecht" in page.text
    assert page.text.count("Ihre E-Mail-Adresse") == 1
    assert "Ihren Namen" not in page.text


def test_a_claim_that_was_not_allowed_before_is_asked_for_alone(
    app: Flask, member: Member, browser: Browser
) -> None:
    stranger = Portal.register(app, scopes=EVERYTHING, first_party=False)
    stranger.scope = "openid"
    with pytest.raises(Left):
        asked(stranger, member, browser).send(answer="allow")

    more = stranger.start(browser, claims='{"userinfo": {"birthdate": null}}')

    assert more.path == "/consent"
    stranger.caught(lambda: more.send(answer="allow"))
    again = stranger.answer(browser, prompt="none", claims='{"userinfo": {"birthdate": null}}')
    assert again["code"]


def test_an_api_is_told_by_its_registered_name(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    resources.add(core, API, "Notenauskunft")
    stranger = Portal.register(app, first_party=False, resources=(API,))

    page = stranger.start(browser, resource=API).send(
        username=member.email, password=member.password
    )

    assert "Zugriff auf „Notenauskunft“ in Ihrem Namen" in page.text
    assert API not in page.text


def test_an_api_that_staff_have_removed_meanwhile_is_told_by_its_address(
    app: Flask, core: Core, member: Member, browser: Browser, clock: MovableClock
) -> None:
    resources.add(core, API, "Notenauskunft")
    stranger = Portal.register(app, first_party=False, resources=(API,))
    page = stranger.start(browser, resource=API).send(
        username=member.email, password=member.password
    )
    stranger.caught(lambda: page.send(answer="allow"))
    with core.writing():
        core.db.delete(core.db.get_one(resources.Resource, API))
    clock.advance(seconds=10)

    assert f"Zugriff auf „{API}“" in browser.open("/account/apps").text


def test_access_without_the_person_is_said_apart_and_in_words(
    app: Flask, member: Member, browser: Browser
) -> None:
    stranger = Portal.register(app, scopes=EVERYTHING, first_party=False)
    words = "Zugriff auch dann, wenn Sie gerade nicht angemeldet sind"

    with_it = stranger.start(browser, prompt="consent").send(
        username=member.email, password=member.password
    )
    without = stranger.start(browser, scope="openid")

    assert words in with_it.text
    assert words not in without.text


@pytest.mark.parametrize("name", [name for names in SCOPE_CLAIMS.values() for name in names])
def test_every_claim_has_a_sentence_of_its_own_in_both_languages(name: str) -> None:
    for catalogue in (GERMAN, ENGLISH):
        sentence = str(catalogue[f"claim.{name}"].string)
        same = [key for key in SCOPE_CLAIMS["profile"] + SCOPE_CLAIMS["phone"]
                if str(catalogue[f"claim.{key}"].string) == sentence]  # fmt: skip
        assert sentence
        assert len(same) <= 1


@pytest.mark.parametrize("first_party", [True, False])
def test_prompt_consent_asks_whatever_was_allowed_and_once(
    app: Flask, member: Member, browser: Browser, clock: MovableClock, *, first_party: bool
) -> None:
    portal = Portal.register(app, first_party=first_party)
    first = portal.start(browser, prompt="consent").send(
        username=member.email, password=member.password
    )
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
    page = stranger.start(browser, response_mode=mode).send(
        username=member.email, password=member.password
    )

    answer = stranger.caught(lambda: page.send(answer="deny"))

    assert (answer.mode, answer["error"], answer["state"]) == (mode, "access_denied", "the-state")
    assert answer["iss"] == stranger.issuer


def test_who_sees_the_page_is_who_allows(
    app: Flask, core: Core, stranger: Portal, member: Member, browser: Browser
) -> None:
    """Another tab signs in somebody else while the page of the first one is open."""
    other = make_member(core, "otto@example.test")
    page = asked(stranger, member, browser)
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
    page = asked(stranger, member, browser)
    browser.client.delete_cookie("idp_session", domain="127.0.0.1")

    login = page.send(answer="allow")

    assert login.path == "/login"
    assert "Fremde Anwendung" in login.text
    assert login.send(username=member.email, password=member.password).path == "/consent"


def test_what_was_allowed_is_added_to_what_was_allowed_before(
    both_app: Flask, both_core: Core, clock: MovableClock
) -> None:
    stranger = Portal.register(both_app, first_party=False)
    member, browser = make_member(both_core), Browser(both_app)
    first = stranger.start(browser, scope="openid email")
    page = first.send(username=member.email, password=member.password)
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


def test_the_page_may_lead_to_the_application_alone(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    csp = asked(stranger, member, browser).response.headers["Content-Security-Policy"]

    assert csp.endswith("form-action 'self' https://portal.example")


def test_the_answer_to_one_request_is_none_to_another(
    app: Flask, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, scopes=("openid", "offline_access"), offline_allowed=False)
    member.sign_in(portal, browser)
    much = portal.start(browser, prompt="consent")
    little = portal.start(browser, prompt="consent", scope="openid")

    assert portal.caught(lambda: little.send(answer="allow"))["code"]

    assert browser.open(f"/oauth/authorize?{urlsplit(much.url).query}").path == "/consent"


def test_a_withdrawal_after_the_question_was_judged_stops_the_code(
    both_app: Flask, both_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Portal.register(both_app, first_party=False)
    member, browser = make_member(both_core), Browser(both_app)
    page = asked(stranger, member, browser)
    stranger.caught(lambda: page.send(answer="allow"))
    judged = steps.first

    def then_withdrawn(at: Situation) -> Step | None:
        step = judged(at)
        consents.withdraw(both_app.extensions[NAME].core, member.id, stranger.client.id)
        return step

    monkeypatch.setattr(steps, "first", then_withdrawn)

    assert stranger.answer(browser, prompt="none")["error"] == "login_required"
