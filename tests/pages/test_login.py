"""Signing in: the same answer for everybody, and what counts as the same name and password."""

import re

import pytest
from flask import Flask

from idp.accounts.models import Account, State
from idp.core import Core
from tests import people
from tests.browser import Browser, Page
from tests.pages.entering import WRONG, attempt
from tests.people import PASSWORD, Member


def masked(page: Page) -> tuple[int, str, str]:
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", page.response.text)
    return page.status, re.sub(r'value="[^"]+@[^"]+"', "", text), str(page.error_code)


def test_name_and_password_open_the_account(browser: Browser, account: Member) -> None:
    page = attempt(browser, account.email, PASSWORD)

    assert (page.status, page.path) == (200, "/account")
    assert account.email in page.text


def test_wrong_and_unknown_look_alike(app: Flask, account: Member) -> None:
    wrong = attempt(Browser(app), account.email, WRONG)
    unknown = attempt(Browser(app), "niemand@beispiel.test", WRONG)

    assert masked(wrong) == masked(unknown)
    assert (wrong.status, wrong.error_code) == (422, "wrong_credentials")
    assert wrong.form("username").fields["username"] == account.email
    assert WRONG not in wrong.response.text


@pytest.mark.parametrize("state", [State.PENDING, State.LOCKED, State.DISABLED, State.DELETED])
def test_accounts_that_may_not_sign_in_are_refused_alike(
    app: Flask, core: Core, account: Member, state: State
) -> None:
    wrong = attempt(Browser(app), account.email, WRONG)
    core.db.get_one(Account, account.id).state = state
    core.db.commit()

    refused = attempt(Browser(app), account.email, PASSWORD)

    assert masked(refused) == masked(wrong)


@pytest.mark.parametrize(
    "spelled", ["ERIKA@BEISPIEL.TEST", "  erika@beispiel.test ", "Erika@Beispiel.Test"]
)
def test_the_address_is_known_in_any_case(browser: Browser, account: Member, spelled: str) -> None:
    assert attempt(browser, spelled, PASSWORD).path == "/account"


@pytest.mark.parametrize("typed", [f" {PASSWORD}", f"{PASSWORD} ", f"\t{PASSWORD}\r\n"])
def test_blanks_around_a_copied_password_do_not_matter(
    browser: Browser, account: Member, typed: str
) -> None:
    assert attempt(browser, account.email, typed).path == "/account"


def test_a_blank_inside_the_password_counts(browser: Browser, account: Member) -> None:
    inside = PASSWORD.replace("-", " -", 1)

    assert attempt(browser, account.email, inside).error_code == "wrong_credentials"


def test_upper_and_lower_case_count_in_a_password(browser: Browser, account: Member) -> None:
    assert attempt(browser, account.email, PASSWORD.lower()).error_code == "wrong_credentials"


def test_both_spellings_of_an_umlaut_open_the_account(app: Flask, core: Core) -> None:
    people.admin.add(
        core, people.Person("ute@beispiel.test", "Ute", "Öl"), "Wetterhahn!52-Su\u0308d"
    )

    page = attempt(Browser(app), "ute@beispiel.test", "Wetterhahn!52-Süd")

    assert page.path == "/account"


@pytest.mark.parametrize("pin", ["K7MP-3TXA-9R4K", "k7mp 3txa 9r4k", "K7MP3TXA9R4K"])
def test_a_pin_in_the_password_field_is_explained(
    browser: Browser, account: Member, pin: str
) -> None:
    page = attempt(browser, account.email, pin)

    assert (page.status, page.error_code) == (422, "pin_as_password")
    assert pin not in page.response.text


def test_the_sign_in_leads_back_to_the_page_that_asked_for_it(
    browser: Browser, account: Member
) -> None:
    page = browser.open("/account/sessions?x=1")
    assert page.path == "/login"

    done = page.send(username=account.email, password=PASSWORD)

    assert (done.path, done.status) == ("/account/sessions", 200)
    assert done.url.endswith("?x=1")


def test_who_is_signed_in_need_not_sign_in(signed_in: Browser) -> None:
    assert signed_in.open("/login").path == "/account"


def test_an_unknown_request_is_refused_in_words(browser: Browser) -> None:
    page = browser.open("/login?r=gibtsnicht")

    assert (page.status, page.error_code) == (400, "request_expired")


def test_the_form_has_the_names_that_others_rely_on(browser: Browser) -> None:
    page = browser.open("/login")

    form = next(form for form in page.forms if form.id == "login-form")
    assert {"username", "password", "csrf_token"} <= set(form.fields)
    assert {"send", "username", "password"} <= set(page.ids)
    assert form.method == "post"
