"""The right password that opens nothing any more: why, and the way to a new one."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp.accounts import renewal
from idp.accounts.models import Account, AccountName, State, UserSession
from idp.accounts.renewal import Reason, Wanted
from idp.core import Core
from idp.web.house import NAME
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import OTHER_PASSWORD, Member, Postbox
from tests.relying_party import Portal


@pytest.fixture
def known(core: Core, account: Member) -> Member:
    """A member whose password others may know."""
    renewal.start(core, Wanted(Reason.COMPROMISE, (account.id,), tell=False))
    return account


def sign_in(browser: Browser, member: Member, password: str | None = None) -> Page:
    return browser.open("/login").send(username=member.email, password=password or member.password)


def test_the_page_explains_and_nobody_is_signed_in(
    core: Core, browser: Browser, known: Member
) -> None:
    page = sign_in(browser, known)

    assert (page.status, page.error_code) == (403, "password_compromised")
    assert "anderen bekannt geworden" in page.text
    assert core.db.scalars(select(UserSession)).all() == []
    assert browser.open("/account").path == "/login"


def test_a_wrong_password_tells_nothing_of_it(browser: Browser, known: Member) -> None:
    page = sign_in(browser, known, "Ganz-falsch-99!")

    assert page.error_code == "wrong_credentials"
    assert "bekannt geworden" not in page.text


def test_one_button_sends_the_link_and_the_new_password_opens_everything(
    browser: Browser, known: Member, postbox: Postbox
) -> None:
    void = sign_in(browser, known)

    void.send(form=void.form("email"))
    page = browser.open(postbox.link()).send(password=OTHER_PASSWORD)

    assert page.path == "/account"
    browser.open("/logout").send()
    assert sign_in(browser, known, OTHER_PASSWORD).path == "/account"


def test_no_application_gets_an_answer_with_the_old_password(
    app: Flask, browser: Browser, known: Member
) -> None:
    portal = Portal.register(app)

    page = portal.start(browser).send(username=known.email, password=known.password)

    assert page.error_code == "password_compromised"
    assert portal.answer(browser, prompt="none")["error"] == "login_required"


def test_a_profile_may_send_everybody_by_mail(tmp_path: Path, clock: MovableClock) -> None:
    app = built(settings_for(tmp_path, password={"renewal": "by_mail"}), clock)
    member = people.member(app)
    with app.app_context():
        core = app.extensions[NAME].core
        renewal.start(core, Wanted(Reason.POLICY, (member.id,), tell=False))

    page = sign_in(Browser(app), member)

    assert (page.status, page.error_code) == (403, "password_renewed_by_mail")
    with app.app_context():
        assert core.db.scalars(select(UserSession)).all() == []
    dispose(app)


def test_where_it_goes_by_mail_who_is_signed_in_needs_the_mail_too(
    tmp_path: Path, clock: MovableClock
) -> None:
    app = built(settings_for(tmp_path, password={"renewal": "by_mail"}), clock)
    member, browser, postbox = people.member(app), Browser(app), Postbox(app)
    member.sign_in(browser)
    with app.app_context():
        core = app.extensions[NAME].core
        renewal.start(core, Wanted(Reason.POLICY, (member.id,), tell=False))

    page = browser.open("/account")
    sent = {**page.form("email").fields, "password": OTHER_PASSWORD}
    refused = browser.post("/password/renew", sent)

    for shown in (page, refused):
        assert (shown.path, shown.error_code) == ("/password/renew", "password_renewed_by_mail")
    page.send(form=page.form("email"))
    assert browser.open(postbox.link()).send(password=OTHER_PASSWORD).path == "/account"
    dispose(app)


def test_after_the_mail_it_goes_on_to_the_application(
    app: Flask, browser: Browser, known: Member, postbox: Postbox
) -> None:
    portal = Portal.register(app)
    void = portal.start(browser).send(username=known.email, password=known.password)

    sent = void.send(form=void.form("email"))
    answer = portal.caught(lambda: browser.open(postbox.link()).send(password=OTHER_PASSWORD))

    assert "Postfach" in sent.text
    assert portal.tokens(answer)["access_token"]


def test_an_old_name_leads_to_todays_address(
    core: Core, browser: Browser, known: Member, postbox: Postbox
) -> None:
    with core.writing():
        core.db.add(AccountName(kind="email", key="erika@intranet", account_id=known.id))

    void = browser.open("/login").send(username="Erika@Intranet", password=known.password)
    void.send(form=void.form("email"))

    assert postbox.mails[-1].to == known.email


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED, State.DELETED])
def test_who_may_not_sign_in_is_not_told_that_the_password_is_known(
    core: Core, browser: Browser, account: Member, state: State
) -> None:
    renewal.start(core, Wanted(Reason.COMPROMISE, (account.id,), tell=False))
    core.db.execute(update(Account).values(state=state))
    core.db.commit()

    page = browser.open("/login").send(username=account.email, password=account.password)

    assert (page.status, page.error_code) == (422, "wrong_credentials")
