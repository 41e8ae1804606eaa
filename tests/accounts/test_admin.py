"""What operators do with accounts."""

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import admin
from idp.accounts.admin import Person
from idp.accounts.models import Account, AuditEvent, State
from idp.core import Core
from idp.errors import NotAllowed, WeakPassword
from tests import people
from tests.browser import Browser
from tests.people import OTHER_PASSWORD, PASSWORD, Member, Postbox
from tests.relying_party import Portal

MAX = Person("max@beispiel.test", "Max", "Muster")


def test_an_account_with_a_password_can_sign_in_at_once(
    app: Flask, core: Core, postbox: Postbox
) -> None:
    account = admin.add(core, MAX, PASSWORD)

    assert account.state == State.ACTIVE
    assert postbox.mails == []
    assert Member(account.id, MAX.email).sign_in(Browser(app)).path == "/account"


def test_an_account_without_one_waits_for_its_owner(core: Core, postbox: Postbox) -> None:
    account = admin.add(core, MAX)

    assert account.state == State.PENDING
    assert account.password_hash is None
    assert people.link_in(postbox.to(MAX.email)[0])


def test_adding_drops_registrations_that_wait_for_the_address(
    app: Flask, core: Core, postbox: Postbox
) -> None:
    people.register(Browser(app), MAX.email)
    link = postbox.link()

    added = admin.add(core, MAX, PASSWORD)

    people.fresh(core)
    assert core.db.scalars(select(Account.id)).all() == [added.id]
    assert Browser(app).open(link).error_code == "link_unknown"


@pytest.mark.parametrize("password", [PASSWORD, None])
def test_an_address_that_is_taken_is_refused(
    core: Core, account: Member, password: str | None
) -> None:
    with pytest.raises(NotAllowed) as refused:
        admin.add(core, Person(account.email.upper(), "Max", "Muster"), password)

    assert refused.value.code == "account_exists"


@pytest.mark.parametrize("email", ["", "keine", "a@b@c.test", "a\n@beispiel.test"])
def test_what_is_no_address_is_refused(core: Core, email: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        admin.add(core, Person(email, "Max", "Muster"), PASSWORD)

    assert refused.value.code == "email_invalid"


def test_operators_passwords_are_judged_too(core: Core) -> None:
    with pytest.raises(WeakPassword):
        admin.add(core, MAX, "kurz")

    assert core.db.scalars(select(Account)).all() == []


def test_locking_ends_everything_and_unlocking_brings_the_password_back(
    app: Flask, signed_in: Browser, core: Core, account: Member, postbox: Postbox
) -> None:
    portal = Portal.register(app, auth_method="none", scopes=("openid", "offline_access"))
    tokens = portal.tokens(portal.answer(signed_in))
    Browser(app).open("/password/forgot").send(email=account.email)

    admin.lock(core, account.email)

    assert signed_in.open("/account").path == "/login"
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert Browser(app).open(postbox.link()).error_code == "link_unknown"
    assert account.sign_in(Browser(app)).error_code == "wrong_credentials"
    admin.unlock(core, account.id)
    assert signed_in.open("/account").path == "/login"
    assert account.sign_in(Browser(app)).path == "/account"


def test_what_is_not_locked_cannot_be_unlocked_and_the_other_way_round(
    core: Core, account: Member
) -> None:
    for deed, who in ((admin.unlock, account.id), (admin.lock, "niemand@beispiel.test")):
        with pytest.raises(NotAllowed) as refused:
            deed(core, who)
        assert refused.value.code == "account_unknown"


def test_an_account_is_found_by_address_and_by_id(core: Core, account: Member) -> None:
    assert [found.id for found in admin.find(core, account.email.upper())] == [account.id]
    assert [found.id for found in admin.find(core, account.id)] == [account.id]
    assert admin.find(core, "niemand@beispiel.test") == []


def test_deeds_are_recorded_without_names_and_addresses(core: Core, account: Member) -> None:
    admin.lock(core, account.id)

    events = core.db.scalars(select(AuditEvent).order_by(AuditEvent.at)).all()

    assert [(event.kind, event.actor) for event in events] == [
        ("account.added", "operator"),
        ("account.locked", "operator"),
    ]
    assert all(account.email not in str(event.facts) for event in events)


def test_what_members_do_is_recorded_too(
    app: Flask, core: Core, browser: Browser, postbox: Postbox
) -> None:
    people.register(browser, "neu@beispiel.test")
    browser.open(postbox.link()).send(password=PASSWORD)
    page = browser.open("/password/change")
    page.send(current_password=PASSWORD, password=OTHER_PASSWORD)
    Browser(app).open("/login").send(username="neu@beispiel.test", password=OTHER_PASSWORD)
    browser.open("/password/forgot").send(email="neu@beispiel.test")
    browser.open(postbox.link()).send(password=PASSWORD)

    events = core.db.scalars(select(AuditEvent).order_by(AuditEvent.at)).all()

    assert [event.kind for event in events] == [
        "account.registered", "account.activated", "password.changed", "login", "password.reset",
    ]  # fmt: skip
    assert len({event.account_id for event in events}) == 1
    assert {event.actor for event in events} == {"member"}
