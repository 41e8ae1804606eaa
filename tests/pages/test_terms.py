"""New terms: accepted once, recorded with their wording, before an application gets its answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp.accounts.models import AcceptedText, Account, AuditEvent
from idp.core import Core
from idp.seal import fingerprint
from idp.web import legal
from idp.web.house import NAME
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import Member
from tests.relying_party import Portal

VERSION = "2027-01"


@pytest.fixture(params=["sqlite", "postgresql"])
def strict(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """An installation with new terms, on both databases."""
    sqlite = request.param == "sqlite"
    url = None if sqlite else request.getfixturevalue("postgresql_url")
    wanted = {"terms_renewal": True, "terms_version": VERSION}
    app = built(settings_for(tmp_path, url, registration=wanted), clock)
    yield app
    dispose(app)


@pytest.fixture
def house(strict: Flask) -> Iterator[Core]:
    with strict.app_context():
        yield strict.extensions[NAME].core


@pytest.fixture
def old(strict: Flask) -> Member:
    """Somebody who has accepted nothing yet, as who came before there were terms."""
    return people.member(strict)


@pytest.fixture
def portal(strict: Flask) -> Portal:
    return Portal.register(strict, name="Kursbuchung")


@pytest.fixture
def page(portal: Portal, old: Member, strict: Flask) -> Page:
    return portal.start(Browser(strict)).send(username=old.email, password=old.password)


def accepted(core: Core) -> list[tuple[str, str, str]]:
    people.fresh(core)
    rows = core.db.scalars(select(AcceptedText).order_by(AcceptedText.kind))
    return [(row.kind, row.version, row.digest) for row in rows]


def test_the_page_links_both_texts_and_says_where_it_goes(page: Page) -> None:
    assert (page.path, page.status) == ("/terms", 200)
    assert "Neue Nutzungsbedingungen" in page.title
    assert {"/legal/terms", "/legal/privacy"} <= set(page.links)
    assert VERSION in page.text
    assert "weiter zu „Kursbuchung“" in page.text


def test_accepting_is_recorded_with_the_wording_and_goes_on(
    portal: Portal, house: Core, old: Member, page: Page, strict: Flask
) -> None:
    answer = portal.caught(lambda: page.send(accept_terms="y", accept_privacy="y"))

    assert answer["code"]
    with strict.test_request_context():
        digests = {name: fingerprint(legal.wording(name)) for name in legal.ACCEPTED}
    assert accepted(house) == [
        ("privacy", VERSION, digests["privacy"]),
        ("terms", VERSION, digests["terms"]),
    ]
    assert house.db.get_one(Account, old.id).terms_version == VERSION
    (note,) = house.db.query(AuditEvent).filter_by(kind="terms.accepted")
    assert (note.account_id, note.facts) == (old.id, {"version": VERSION})
    assert portal.answer(page.browser, prompt="none")["code"]


@pytest.mark.parametrize("ticked", [{}, {"accept_terms": "y"}, {"accept_privacy": "y"}])
def test_both_boxes_are_a_must(house: Core, page: Page, ticked: dict[str, str]) -> None:
    missing = {"accept_terms", "accept_privacy"} - set(ticked)

    wrong = page.send(form=page.form("accept_terms"), **ticked)

    assert wrong.status == 422
    assert {f"{name}-error" for name in missing} <= set(wrong.ids)
    assert "Ohne das geht es nicht weiter" in wrong.text
    assert accepted(house) == []


def test_a_second_tab_that_accepts_too_records_nothing_twice(
    portal: Portal, house: Core, page: Page
) -> None:
    second = portal.start(page.browser, state="second")
    portal.caught(lambda: page.send(accept_terms="y", accept_privacy="y"))

    assert portal.caught(lambda: second.send(accept_terms="y", accept_privacy="y"))["code"]
    assert len(accepted(house)) == 2


def test_whoever_was_faster_on_another_connection_has_recorded_it(
    house: Core, old: Member, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    wording = legal.wording

    def slow(name: str) -> str:
        with house.writing():
            house.db.execute(update(Account).values(terms_version=VERSION))
        return wording(name)

    monkeypatch.setattr(legal, "wording", slow)
    portal_page = page.form("accept_terms")
    page.browser.client.post(
        page.url.removeprefix(page.browser.issuer),
        data={**portal_page.fields, "accept_terms": "y", "accept_privacy": "y"},
        base_url=page.browser.issuer,
    )

    assert accepted(house) == []


def test_who_has_accepted_this_version_is_not_asked(
    portal: Portal, house: Core, old: Member, strict: Flask
) -> None:
    with house.writing():
        house.db.execute(update(Account).values(terms_version=VERSION))
    browser = Browser(strict)

    answer = portal.sign_in(browser, old.email, old.password)

    assert answer["code"]
    assert browser.open("/terms").path == "/account"


def test_the_way_out_is_to_sign_out(page: Page) -> None:
    assert "Sie möchten nicht zustimmen?" in page.text
    out = [form for form in page.forms if form.action == "/logout"]
    assert len(out) == 2

    assert "Sie sind abgemeldet" in page.send(form=out[-1]).text


def test_the_account_itself_stays_open(page: Page) -> None:
    assert page.browser.open("/account").path == "/account"
    assert page.browser.open("/terms").send(accept_terms="y", accept_privacy="y").path == "/account"


def test_who_signs_in_again_meanwhile_is_asked_again(
    portal: Portal, old: Member, page: Page
) -> None:
    page.browser.client.delete_cookie("idp_session", domain="127.0.0.1")

    login = page.send(accept_terms="y", accept_privacy="y")

    assert login.path == "/login"
    assert login.send(username=old.email, password=old.password).path == "/terms"


def test_a_late_agreement_counts_and_one_click_is_left(
    house: Core, page: Page, clock: MovableClock
) -> None:
    clock.advance(minutes=29)
    page.browser.open("/account")
    clock.advance(minutes=2)

    late = page.send(accept_terms="y", accept_privacy="y")

    assert late.error_code == "request_expired"
    assert "Zurück zu Kursbuchung" in late.text
    assert len(accepted(house)) == 2


def test_it_needs_our_form(house: Core, page: Page) -> None:
    forged = page.browser.post(page.url, {"accept_terms": "y", "accept_privacy": "y"})

    assert forged.error_code == "csrf"
    assert accepted(house) == []


def test_without_renewal_nobody_is_asked(app: Flask, account: Member, browser: Browser) -> None:
    ordinary = Portal.register(app)

    assert ordinary.sign_in(browser, account.email, account.password)["code"]
    assert browser.open("/terms").path == "/account"


def test_a_form_shown_to_one_person_accepts_for_nobody_else(
    strict: Flask, house: Core, page: Page
) -> None:
    other = people.member(strict, "otto@beispiel.test")
    page.browser.open("/login?other=1").send(username=other.email, password=other.password)

    again = page.send(accept_terms="y", accept_privacy="y")

    assert again.path == "/terms"
    assert accepted(house) == []
