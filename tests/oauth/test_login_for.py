"""The sign-in page for an application: who sees the form, and that nothing ever goes in circles."""

from itertools import product
from pathlib import Path

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.conftest import Member, make_member
from tests.oauth.states import disable_client
from tests.relying_party import Portal

PROMPTS = (
    "", "login", "consent", "select_account", "create", "login consent", "select_account login",
    "select_account consent", "create login", "create select_account",
    "select_account login consent",
)  # fmt: skip
NOBODY, SELF, OTHER = "nobody", "self", "somebody else"


@pytest.fixture
def other(core: Core) -> Member:
    return make_member(core, "otto@example.test")


def answered(page: Page, member: Member) -> Page:
    """Answer the page at hand."""
    if page.path == "/login":
        return page.send(username=member.email, password=member.password)
    if page.path == "/register":
        (known,) = [link for link in page.links if link.startswith("/login?r=")]
        return page.browser.open(known)
    if page.path == "/login/account":
        return page.send(form=page.forms[-1])
    assert page.path == "/consent", page.text
    return page.send(answer="allow")


def through(page: Page, member: Member) -> Page:
    """Answer page by page; more than six are in no journey."""
    seen = [page.path]
    for _ in range(6):
        page = answered(page, member)
        seen.append(page.path)
    raise AssertionError(f"in circles: {seen}")


@pytest.mark.parametrize(("prompt", "named"), list(product(PROMPTS, (NOBODY, SELF, OTHER))))
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("max_age", [None, "0"])
def test_every_combination_ends_at_the_application(
    app: Flask, member: Member, other: Member, clock: MovableClock, *,
    prompt: str, named: str, signed_in: bool, max_age: str | None,
) -> None:  # fmt: skip
    portal, browser = Portal.register(app), Browser(app)
    hint = None
    if named != NOBODY:
        who = member if named == SELF else other
        hint = portal.tokens(who.sign_in(portal, Browser(app)))["id_token"]
    if signed_in:
        member.sign_in(portal, browser)
    clock.advance(seconds=1)

    asked = {"prompt": prompt or None, "max_age": max_age, "id_token_hint": hint}
    answer = portal.caught(lambda: through(portal.start(browser, **asked), member))

    if named == OTHER:
        assert answer["error"] == "login_required"
    else:
        assert answer["code"]


@pytest.mark.parametrize(
    "asked", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "login", "max_age": "10"}]
)
def test_who_must_sign_in_again_sees_the_form_with_the_own_name(
    portal: Portal, member: Member, browser: Browser, clock: MovableClock, asked: dict[str, str]
) -> None:
    member.sign_in(portal, browser)
    clock.advance(seconds=1)

    page = portal.start(browser, login_hint="hint@example.test", **asked)

    assert page.path == "/login"
    assert "Passwort bestätigen" in page.title
    assert page.form("username").fields["username"] == member.email
    assert not [link for link in page.links if link.startswith("/register")]


def test_who_was_asked_again_and_mistypes_sees_the_same_page(
    portal: Portal, member: Member, browser: Browser
) -> None:
    member.sign_in(portal, browser)

    wrong = portal.start(browser, prompt="login").send(
        username=member.email, password="Falsch geraten 7"
    )

    assert (wrong.status, wrong.error_code) == (422, "wrong_credentials")
    assert "Passwort bestätigen" in wrong.title


def test_the_page_says_that_another_account_is_expected_and_gives_no_name_away(
    app: Flask, portal: Portal, member: Member, other: Member, browser: Browser
) -> None:
    hint = portal.tokens(other.sign_in(portal, Browser(app)))["id_token"]
    member.sign_in(portal, browser)

    page = portal.start(browser, id_token_hint=hint)

    assert "„Portal“ erwartet ein anderes Konto" in page.text
    assert page.form("username").fields["username"] == ""
    assert other.email not in page.response.text
    answer = portal.caught(lambda: page.send(username=other.email, password=other.password))
    assert answer["code"]


def test_who_is_expected_may_be_named_by_the_application(
    app: Flask, portal: Portal, member: Member, other: Member, browser: Browser
) -> None:
    hint = portal.tokens(other.sign_in(portal, Browser(app)))["id_token"]
    member.sign_in(portal, browser)

    page = portal.start(browser, id_token_hint=hint, login_hint=other.email)

    assert page.form("username").fields["username"] == other.email


def test_who_is_signed_in_and_need_not_again_goes_straight_on(
    portal: Portal, member: Member, browser: Browser
) -> None:
    page = portal.start(browser)
    browser.open("/login").send(username=member.email, password=member.password)

    assert portal.caught(lambda: browser.open(page.url))["code"]


def test_the_form_for_another_account_is_shown_to_who_is_signed_in(
    portal: Portal, member: Member, browser: Browser
) -> None:
    page = portal.start(browser, login_hint="hint@example.test")
    browser.open("/login").send(username=member.email, password=member.password)

    shown = browser.open(f"{page.url}&other=1")

    assert (shown.path, shown.form("username").fields["username"]) == ("/login", "")
    assert "Passwort bestätigen" not in shown.title


def test_the_form_of_an_application_that_was_disabled_meanwhile_still_signs_in(
    app: Flask, portal: Portal, member: Member, browser: Browser
) -> None:
    page = portal.start(browser)
    disable_client(app, portal)

    late = page.send(username=member.email, password=member.password)

    assert (late.path, late.error_code) == ("/oauth/authorize", "client_unknown")
    assert browser.open("/account").path == "/account"


def test_a_disabled_applications_form_says_so_when_it_is_loaded_again(
    app: Flask, portal: Portal, browser: Browser
) -> None:
    page = portal.start(browser)
    disable_client(app, portal)

    assert browser.open(page.url).error_code == "client_unknown"
    wrong = page.send(username="x@example.test", password="Falsch geraten 7")
    assert wrong.error_code == "client_unknown"


def test_the_way_to_a_new_account_is_not_offered_where_there_is_none(
    tmp_path: Path, clock: MovableClock
) -> None:
    closed = built(settings_for(tmp_path, registration={"enabled": False}), clock)

    assert not [x for x in Browser(closed).open("/login").links if x.startswith("/register")]
    dispose(closed)
