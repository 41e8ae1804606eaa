"""The consent page: who asks, for what, and every piece of it in words."""

import pytest
from flask import Flask

from idp.core import Core
from idp.oauth import resources
from idp.oauth.claims import SCOPE_CLAIMS
from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.house.test_texts import ENGLISH, GERMAN
from tests.oauth.conftest import Member
from tests.relying_party import Portal

EVERYTHING = ("openid", "profile", "email", "phone", "address", "offline_access")
API = "https://api.example/marks"


def test_the_page_names_application_purpose_and_data(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    page = member.enter(stranger, browser)

    assert page.path == "/consent"
    assert {"allow", "deny"} <= set(page.ids)
    assert "Fremde Anwendung" in page.text
    assert "Kurse buchen" in page.text


def test_the_page_may_lead_to_the_application_alone(
    stranger: Portal, member: Member, browser: Browser
) -> None:
    csp = member.enter(stranger, browser).response.headers["Content-Security-Policy"]

    assert csp.endswith("form-action 'self' https://portal.example")


def test_claims_asked_by_name_are_told_one_by_one(
    app: Flask, member: Member, browser: Browser
) -> None:
    stranger = Portal.register(app, scopes=EVERYTHING, first_party=False)
    claims = '{"userinfo": {"birthdate": null, "email": null}, "id_token": {"gender": null}}'
    stranger.scope = "openid email"

    page = member.enter(stranger, browser, claims=claims)

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
        member.enter(stranger, browser).send(answer="allow")

    more = stranger.start(browser, claims='{"userinfo": {"birthdate": null}}')

    assert more.path == "/consent"
    stranger.caught(lambda: more.send(answer="allow"))
    again = stranger.answer(browser, prompt="none", claims='{"userinfo": {"birthdate": null}}')
    assert again["code"]


@pytest.mark.parametrize("name", [name for names in SCOPE_CLAIMS.values() for name in names])
def test_every_claim_has_a_sentence_of_its_own_in_both_languages(name: str) -> None:
    for catalogue in (GERMAN, ENGLISH):
        sentence = str(catalogue[f"claim.{name}"].string)
        same = [key for key in SCOPE_CLAIMS["profile"] + SCOPE_CLAIMS["phone"]
                if str(catalogue[f"claim.{key}"].string) == sentence]  # fmt: skip
        assert sentence
        assert len(same) <= 1


def test_an_api_is_told_by_its_registered_name(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    resources.add(core, API, "Notenauskunft")
    stranger = Portal.register(app, first_party=False, resources=(API,))

    page = member.enter(stranger, browser, resource=API)

    assert "Zugriff auf „Notenauskunft“ in Ihrem Namen" in page.text
    assert API not in page.text


def test_an_api_that_staff_have_removed_meanwhile_is_told_by_its_address(
    app: Flask, core: Core, member: Member, browser: Browser, clock: MovableClock
) -> None:
    resources.add(core, API, "Notenauskunft")
    stranger = Portal.register(app, first_party=False, resources=(API,))
    page = member.enter(stranger, browser, resource=API)
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

    with_it = member.enter(stranger, browser, prompt="consent")
    without = stranger.start(browser, scope="openid")

    assert words in with_it.text
    assert words not in without.text
