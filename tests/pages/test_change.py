"""A new password for somebody who is signed in."""

import pytest
from flask import Flask

from idp.accounts.models import Account
from idp.core import Core
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member, Postbox
from tests.relying_party import CALLBACK, Portal


def change(browser: Browser, current: str = PASSWORD, new: str = OTHER_PASSWORD) -> Page:
    return browser.open("/password/change").send(current_password=current, password=new)


def test_the_new_password_counts_and_the_old_one_does_not(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    assert change(signed_in).status == 200

    assert account.sign_in(Browser(app)).error_code == "wrong_credentials"
    assert account.sign_in(Browser(app), OTHER_PASSWORD).path == "/account"


def test_other_sessions_and_their_grants_end_and_the_own_ones_live_on(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    portal = Portal.register(app)
    offline = Portal.register(app, auth_method="none", scopes=("openid", "offline_access"))
    elsewhere = Browser(app)
    account.sign_in(elsewhere)
    own = portal.tokens(portal.answer(signed_in))
    foreign = portal.tokens(portal.answer(elsewhere))
    lasting = offline.tokens(offline.answer(elsewhere))

    change(signed_in)

    assert elsewhere.open("/account").path == "/login"
    assert signed_in.open("/account").path == "/account"
    assert portal.userinfo(own["access_token"]).status_code == 200
    assert portal.userinfo(foreign["access_token"]).status_code == 401
    assert offline.refresh(lasting["refresh_token"]).status_code == 400


def test_the_own_session_goes_on_under_a_new_cookie(app: Flask, signed_in: Browser) -> None:
    before = signed_in.client.get_cookie("idp_session", "127.0.0.1")

    change(signed_in)

    after = signed_in.client.get_cookie("idp_session", "127.0.0.1")
    assert before
    assert after
    assert before.value != after.value
    thief = Browser(app)
    thief.client.set_cookie("idp_session", before.value, domain="127.0.0.1")
    assert thief.open("/account").path == "/login"


def test_a_pin_in_place_of_the_current_password_is_explained(signed_in: Browser) -> None:
    page = signed_in.open("/password/change")

    page = page.send(current_password="K7MP-3TXA-9R4K", password=OTHER_PASSWORD)

    assert (page.status, page.error_code) == (422, "pin_as_password")


def test_a_wrong_current_password_changes_nothing(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    page = change(signed_in, current="Falscher-Ofen-99")

    assert (page.status, page.error_code) == (422, "wrong_current_password")
    for secret in ("Falscher-Ofen-99", OTHER_PASSWORD):
        assert secret not in page.response.text
    assert account.sign_in(Browser(app)).path == "/account"


@pytest.mark.parametrize("new", [PASSWORD, f" {PASSWORD} "])
def test_the_same_password_again_is_refused(signed_in: Browser, new: str) -> None:
    page = change(signed_in, new=new)

    assert (page.status, page.error_code) == (422, "password_unchanged")


def test_the_same_password_in_another_spelling_is_refused(app: Flask, core: Core) -> None:
    member = people.admin.add(core, people.Person("ute@beispiel.test", "Ute", "Öl"), OTHER_PASSWORD)
    browser = Browser(app)
    Member(member.id, member.email).sign_in(browser, OTHER_PASSWORD)

    page = change(browser, OTHER_PASSWORD, OTHER_PASSWORD.replace("ü", "u\u0308"))

    assert page.error_code == "password_unchanged"


def test_a_weak_password_shows_every_problem(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    page = change(signed_in, new="erika1234")

    assert (page.status, page.error_code) == (422, "weak_password")
    assert "password-error" in page.ids
    assert "current_password-error" not in page.ids
    assert "erika1234" not in page.response.text
    assert account.sign_in(Browser(app)).path == "/account"


def test_wrong_tries_are_throttled_like_a_sign_in(signed_in: Browser, clock: MovableClock) -> None:
    clock.freeze()
    for _ in range(5):
        assert change(signed_in, current="Falscher-Ofen-99").status == 422

    page = change(signed_in)

    assert (page.status, page.error_code) == (429, "throttled")
    assert int(page.response.headers["Retry-After"]) == 2


def test_the_owner_is_told_by_mail_and_pending_links_are_void(
    app: Flask, signed_in: Browser, account: Member, postbox: Postbox
) -> None:
    Browser(app).open("/password/forgot").send(email=account.email)
    link = postbox.link()

    change(signed_in)

    assert "/password/forgot" in postbox.to(account.email)[-1].text
    assert Browser(app).open(link).error_code == "link_unknown"


def test_the_page_needs_a_sign_in_and_leads_back_here(browser: Browser, account: Member) -> None:
    page = browser.open("/.well-known/change-password")
    assert page.path == "/login"

    assert page.send(username=account.email, password=PASSWORD).path == "/password/change"


def test_a_post_without_a_session_changes_nothing(
    app: Flask, browser: Browser, core: Core, account: Member
) -> None:
    before = core.db.get_one(Account, account.id).password_hash
    token = browser.open("/login").form("username").fields["csrf_token"]
    data = {"csrf_token": token, "current_password": PASSWORD, "password": OTHER_PASSWORD}

    page = browser.post("/password/change", data)

    assert page.path == "/login"
    people.fresh(core)
    assert core.db.get_one(Account, account.id).password_hash == before


def test_a_registered_application_gets_its_way_back(app: Flask, signed_in: Browser) -> None:
    portal = Portal.register(app, name="Kurse")

    page = signed_in.open(f"/password/change?client_id={portal.client.id}&return_to={CALLBACK}")
    done = page.send(current_password=PASSWORD, password=OTHER_PASSWORD)

    assert CALLBACK in page.links
    assert "Kurse" in page.text
    assert CALLBACK in done.links


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/", "https://portal.example", "https://portal.example/callback/",
        "https://portal.example/callback?x", "HTTPS://portal.example/callback",
        "//portal.example/callback", "javascript:alert(1)", "/\\evil.example",
        "https://portal.example@evil.example/callback", "https://portal.example/callback#",
    ],
)  # fmt: skip
def test_an_unregistered_way_back_is_none(app: Flask, signed_in: Browser, return_to: str) -> None:
    portal = Portal.register(app)
    query = {"client_id": portal.client.id, "return_to": return_to}

    answer = signed_in.client.get("/password/change", query_string=query, base_url=signed_in.issuer)

    assert answer.status_code == 200
    assert f'href="{return_to}"' not in answer.text
    assert "idp_back" not in str(answer.headers.getlist("Set-Cookie"))


def test_a_right_current_password_forgets_the_wrong_tries(
    signed_in: Browser, clock: MovableClock
) -> None:
    clock.freeze()
    for current, new in ((PASSWORD, OTHER_PASSWORD), (OTHER_PASSWORD, PASSWORD)):
        page = signed_in.open("/password/change")
        for _ in range(4):
            page = page.send(current_password="Falscher-Ofen-99", password=new)
            assert page.error_code == "wrong_current_password"
        assert page.send(current_password=current, password=new).status == 200
