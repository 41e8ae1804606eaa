"""The forgotten password."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import links
from idp.accounts.links import Purpose
from idp.accounts.models import Account, Link, State
from idp.core import Core
from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member, Postbox
from tests.relying_party import Portal


def ask(browser: Browser, email: str) -> str:
    page = browser.open("/password/forgot").send(email=email)
    assert page.status == 200
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", page.response.text)
    return text + str(sorted(page.response.headers))


@pytest.fixture
def link(browser: Browser, account: Member, postbox: Postbox) -> str:
    ask(browser, account.email)
    return postbox.link(account.email)


def test_known_unknown_pending_and_locked_get_the_same_answer(
    app: Flask, core: Core, account: Member, postbox: Postbox
) -> None:
    locked = people.member(app, "locked@beispiel.test", "Leo")
    core.db.get_one(Account, locked.id).state = State.LOCKED
    core.db.commit()
    people.register(Browser(app), "wartet@beispiel.test")
    assert len(postbox.mails) == 1

    answers = {
        ask(Browser(app), email)
        for email in (account.email, "nie@beispiel.test", "wartet@beispiel.test", locked.email)
    }

    assert len(answers) == 1
    assert [mail.to for mail in postbox.mails[1:]] == [account.email]
    assert postbox.nothings == 3


def test_the_link_sets_a_new_password_and_signs_in(
    app: Flask, browser: Browser, account: Member, link: str
) -> None:
    done = browser.open(link).send(password=OTHER_PASSWORD)

    assert (done.status, done.path) == (200, "/account")
    assert account.sign_in(Browser(app)).error_code == "wrong_credentials"
    assert account.sign_in(Browser(app), OTHER_PASSWORD).path == "/account"


def test_the_mail_goes_to_the_stored_address(
    browser: Browser, account: Member, postbox: Postbox
) -> None:
    """CVE-2019-19844: a look-alike of the address must not receive the link."""
    ask(browser, "ＥＲＩＫＡ@BEISPIEL.test")

    assert [mail.to for mail in postbox.mails] == [account.email]


def test_a_link_lives_60_minutes(browser: Browser, clock: MovableClock, link: str) -> None:
    clock.advance(minutes=59)
    assert browser.open(link).status == 200

    clock.advance(minutes=2)
    page = browser.open(link)
    assert (page.status, page.error_code) == (410, "link_expired")


def test_for_a_link_that_is_over_one_click_sends_a_new_one(
    app: Flask, clock: MovableClock, account: Member, link: str, postbox: Postbox
) -> None:
    clock.advance(hours=2)
    browser = Browser(app)

    browser.open(link).send(renew="1")

    assert postbox.link(account.email) != link
    assert browser.open(link).error_code == "link_unknown"
    done = browser.open(postbox.link(account.email)).send(password=OTHER_PASSWORD)
    assert done.path == "/account"


def test_opening_spends_nothing_and_the_button_does(
    app: Flask, browser: Browser, link: str
) -> None:
    for method in ("GET", "HEAD") * 10:
        browser.client.open(link, method=method, base_url=browser.issuer)
    assert browser.open(link).send(password=OTHER_PASSWORD).path == "/account"

    assert Browser(app).open(link).error_code == "link_used"


def test_a_new_link_voids_the_one_before(
    browser: Browser, account: Member, link: str, postbox: Postbox
) -> None:
    ask(browser, account.email)

    assert postbox.link() != link
    assert browser.open(link).error_code == "link_unknown"
    assert browser.open(postbox.link()).status == 200


def test_every_session_and_every_grant_ends_offline_ones_too(
    app: Flask, signed_in: Browser, postbox: Postbox, account: Member
) -> None:
    portal = Portal.register(app)
    offline = Portal.register(app, auth_method="none", scopes=("openid", "offline_access"))
    tokens = portal.tokens(portal.answer(signed_in))
    lasting = offline.tokens(offline.answer(signed_in))
    elsewhere = Browser(app)
    ask(elsewhere, account.email)

    elsewhere.open(postbox.link()).send(password=OTHER_PASSWORD)

    assert signed_in.open("/account").path == "/login"
    assert elsewhere.open("/account").path == "/account"
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    assert offline.userinfo(lasting["access_token"]).status_code == 401
    assert offline.refresh(lasting["refresh_token"]).status_code == 400


def test_other_open_links_of_the_account_are_void(
    app: Flask, browser: Browser, core: Core, account: Member, link: str
) -> None:
    with core.writing():
        other = links.make(
            core, Purpose.ACTIVATE, core.db.get_one(Account, account.id),
            core.settings.activation.link_ttl,
        )  # fmt: skip

    browser.open(link).send(password=OTHER_PASSWORD)

    assert Browser(app).open(other).error_code == "link_unknown"
    people.fresh(core)
    assert [row.used_at is not None for row in core.db.scalars(select(Link))] == [True]


def test_the_owner_is_told_by_mail(
    browser: Browser, account: Member, link: str, postbox: Postbox
) -> None:
    browser.open(link).send(password=OTHER_PASSWORD)

    notice = postbox.to(account.email)[-1]
    assert "/password/forgot" in notice.text
    assert "/k/" not in notice.text
    assert OTHER_PASSWORD not in notice.text + notice.html


def test_a_weak_password_shows_every_problem_and_spends_nothing(
    app: Flask, browser: Browser, account: Member, link: str
) -> None:
    weak = browser.open(link).send(password="erika1234")

    assert (weak.status, weak.error_code) == (422, "weak_password")
    for words in ("12 Zeichen", "großer Buchstabe", "Sonderzeichen", "„123“", "Namen"):
        assert words in weak.text
    assert "erika1234" not in weak.response.text
    assert account.sign_in(Browser(app)).path == "/account"
    assert weak.send(password=OTHER_PASSWORD).path == "/account"


def test_the_account_is_that_of_the_link_whatever_else_is_sent(
    app: Flask, account: Member, link: str
) -> None:
    """CVE-2023-26481: a link could set any user's password by changing the name on the way."""
    victim, browser = people.member(app, "otto@beispiel.test", "Otto"), Browser(app)
    page = browser.open(link)
    data = {**page.form("password").fields, "password": OTHER_PASSWORD, "username": victim.email,
            "email": victim.email, "account_id": victim.id}  # fmt: skip

    done = browser.post("/password/reset", data)

    assert account.email in done.text
    assert victim.sign_in(Browser(app)).path == "/account"


@pytest.mark.parametrize("path", ["/password/reset", "/activate"])
def test_no_password_is_set_without_a_link(
    app: Flask, browser: Browser, account: Member, path: str
) -> None:
    """CVE-2026-18963: a step of the flow could be reached without the mailed link."""
    token = browser.open("/password/forgot").form("email").fields["csrf_token"]
    browser.post("/password/forgot", {"csrf_token": token, "email": account.email})

    page = browser.post(path, {"csrf_token": token, "password": OTHER_PASSWORD})

    assert (page.status, page.error_code) == (404, "link_unknown")
    assert account.sign_in(Browser(app)).path == "/account"


def test_an_activation_link_resets_nothing(app: Flask, browser: Browser, postbox: Postbox) -> None:
    people.register(browser)
    page = browser.open(postbox.link())
    token = page.form("password").fields["csrf_token"]

    sent = browser.post("/password/reset", {"csrf_token": token, "password": OTHER_PASSWORD})

    assert sent.error_code == "link_unknown"
    assert browser.open(postbox.link()).status == 200


def test_a_link_of_a_locked_account_sets_nothing(
    browser: Browser, core: Core, account: Member, link: str
) -> None:
    page = browser.open(link)
    core.db.get_one(Account, account.id).state = State.LOCKED
    core.db.commit()

    assert page.send(password=OTHER_PASSWORD).error_code == "link_unknown"
    people.fresh(core)
    assert core.hasher.verify(core.db.get_one(Account, account.id).password_hash, PASSWORD)


@pytest.mark.parametrize("email", ["", "keine Adresse", "x" * 300 + "@b.test", "a\u202eb@c.test"])
def test_what_is_no_address_is_said_at_the_field(browser: Browser, email: str) -> None:
    page = browser.open("/password/forgot").send(email=email)

    assert page.status == 422
    assert "email-error" in page.ids


def test_the_page_tells_how_long_the_link_lives(browser: Browser) -> None:
    page = browser.open("/password/forgot").send(email="wer@beispiel.test")

    assert "60 Minuten" in page.text


def test_a_used_link_says_so_also_after_a_new_one(
    browser: Browser, account: Member, postbox: Postbox
) -> None:
    browser.open("/password/forgot").send(email=account.email)
    used = postbox.link()
    browser.open(used).send(password=OTHER_PASSWORD)

    browser.open("/password/forgot").send(email=account.email)

    assert browser.open(used).error_code == "link_used"
