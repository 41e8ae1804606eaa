"""The account at a glance, and its sessions."""

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts.models import UserSession
from idp.core import Core
from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.people import Member
from tests.relying_party import Portal

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Safari/604.1"


@pytest.fixture
def phone(app: Flask, account: Member) -> Browser:
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = SAFARI
    account.sign_in(browser)
    return browser


def own(browser: Browser) -> list[str]:
    """Return the ids behind the buttons of the sessions page."""
    page = browser.open("/account/sessions")
    text = page.response.text.split("<main")[1]
    found = [part.split('"')[0] for part in text.split('name="session" value="')[1:]]
    return [value for value in found if value != "others"]


def end(browser: Browser, session: str) -> int:
    token = browser.open("/account/sessions").forms[0].fields["csrf_token"]
    page = browser.post("/account/sessions", {"csrf_token": token, "session": session})
    return page.status


@pytest.mark.parametrize("path", ["/account", "/account/sessions", "/password/change", "/business"])
def test_pages_of_the_account_need_a_sign_in(browser: Browser, path: str) -> None:
    assert browser.open(path).path == "/login"


def test_the_overview_shows_whose_account_it_is(signed_in: Browser, account: Member) -> None:
    page = signed_in.open("/account")

    assert account.email in page.text
    assert "Erika Mustermann" in page.text
    assert {"/password/change", "/account/sessions", "/business"} <= set(page.links)


def test_the_list_names_devices_as_people_would(
    app: Flask, account: Member, phone: Browser
) -> None:
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    account.sign_in(browser)

    text = browser.open("/account/sessions").text

    assert "Firefox, Windows" in text
    assert "Safari, iPhone" in text


@pytest.mark.parametrize(
    "agent", ["", "curl/8", "x" * 5000, "<script>alert(1)</script>", "Firefox"]
)
def test_an_odd_browser_has_a_name_too(app: Flask, account: Member, agent: str) -> None:
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    account.sign_in(browser)

    page = browser.open("/account/sessions")

    assert "Unbekanntes Gerät" in page.text
    assert "<script>alert" not in page.response.text


def test_one_session_can_be_ended(signed_in: Browser, phone: Browser) -> None:
    (theirs,) = set(own(signed_in)) - {current(signed_in)}

    end(signed_in, theirs)

    assert phone.open("/account").path == "/login"
    assert signed_in.open("/account").path == "/account"
    assert own(signed_in) == [current(signed_in)]


def current(browser: Browser) -> str:
    page = browser.open("/account/sessions")
    card = next(c for c in page.response.text.split("<section") if "kern-badge--success" in c)
    return card.split('name="session" value="')[1].split('"')[0]


def test_all_others_can_be_ended_at_once(
    app: Flask, signed_in: Browser, phone: Browser, account: Member
) -> None:
    third = Browser(app)
    account.sign_in(third)

    end(signed_in, "others")

    assert [b.open("/account").path for b in (phone, third)] == ["/login", "/login"]
    assert signed_in.open("/account").path == "/account"


def test_the_grants_of_an_ended_session_end_with_it_but_offline_ones(
    app: Flask, signed_in: Browser, phone: Browser
) -> None:
    portal = Portal.register(app)
    offline = Portal.register(app, auth_method="none", scopes=("openid", "offline_access"))
    tokens = portal.tokens(portal.answer(phone))
    lasting = offline.tokens(offline.answer(phone))

    end(signed_in, "others")

    assert portal.userinfo(tokens["access_token"]).status_code == 401
    assert offline.refresh(lasting["refresh_token"]).status_code == 200


def test_ending_the_own_session_signs_out(signed_in: Browser) -> None:
    token = signed_in.open("/account/sessions").forms[0].fields["csrf_token"]

    page = signed_in.post("/account/sessions", {"csrf_token": token, "session": current(signed_in)})

    assert page.path == "/"
    assert signed_in.client.get_cookie("idp_session", "127.0.0.1") is None
    assert signed_in.open("/account").path == "/login"


def test_a_session_of_somebody_else_cannot_be_ended(
    app: Flask, signed_in: Browser, core: Core
) -> None:
    """CVE-2025-14777: an object's id was not tied to its owner."""
    other, theirs = people.member(app, "otto@beispiel.test", "Otto"), Browser(app)
    other.sign_in(theirs)
    row = core.db.scalars(select(UserSession).where(UserSession.account_id == other.id)).one()

    assert end(signed_in, row.id) == 400

    assert theirs.open("/account").path == "/account"


@pytest.mark.parametrize("session", ["", "gibtsnicht", "x" * 5000, "' OR 1=1 --", "OTHERS"])
def test_an_unknown_session_is_refused(signed_in: Browser, phone: Browser, session: str) -> None:
    assert end(signed_in, session) == 400
    assert phone.open("/account").path == "/account"


def test_sessions_that_are_over_are_not_listed(
    signed_in: Browser, phone: Browser, clock: MovableClock
) -> None:
    clock.advance(minutes=20)
    signed_in.open("/account")
    clock.advance(minutes=20)

    assert len(own(signed_in)) == 1


def test_a_page_of_the_account_is_stored_nowhere(signed_in: Browser) -> None:
    for path in ("/account", "/account/sessions", "/password/change", "/business"):
        assert signed_in.open(path).response.headers["Cache-Control"] == "no-store"


def test_a_session_at_its_end_is_not_listed(
    app: Flask, signed_in: Browser, account: Member, clock: MovableClock
) -> None:
    for _ in range(28):
        clock.advance(minutes=25)
        assert signed_in.open("/account").path == "/account"
    here = Browser(app)
    account.sign_in(here)
    assert len(own(here)) == 2

    clock.advance(minutes=21)

    assert len(own(here)) == 1


def test_the_session_that_was_used_last_comes_first(
    app: Flask, signed_in: Browser, account: Member, clock: MovableClock
) -> None:
    clock.advance(minutes=2)
    first = own(signed_in)
    later = Browser(app)
    account.sign_in(later)
    clock.advance(minutes=2)

    assert own(later)[1:] == first
    clock.advance(minutes=2)
    assert own(signed_in)[:1] == first
