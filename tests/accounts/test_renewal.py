"""Staff make new passwords due: whom it concerns, what ends, what is told."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp.accounts import login, passwords, renewal, reset
from idp.accounts.grants import Grant
from idp.accounts.login import Attempt
from idp.accounts.models import Account, AuditEvent, State, UserSession
from idp.accounts.renewal import Reason, Wanted
from idp.core import Core
from idp.errors import NotAllowed, WrongCredentials
from idp.web.house import NAME
from tests import people
from tests.accounts import mailed
from tests.accounts.races import together
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member, Postbox
from tests.relying_party import Portal

ROUNDS = 25
POLICY, COMPROMISE = Reason.POLICY, Reason.COMPROMISE


def reasons(core: Core) -> dict[str, str | None]:
    people.fresh(core)
    return {account.email: account.must_change for account in core.db.query(Account)}


def test_one_person_is_concerned_and_told_without_a_link(
    app: Flask, core: Core, account: Member, postbox: Postbox
) -> None:
    people.member(app, "otto@beispiel.test")

    assert renewal.start(core, Wanted(POLICY, (account.email.upper(),))) == 1

    assert reasons(core) == {account.email: "policy", "otto@beispiel.test": None}
    (mail,) = postbox.mails
    assert mail.to == account.email
    assert "/login" not in mail.text
    assert "/k/" not in mail.text + mail.html
    assert "<a" not in mail.html.partition("Impressum")[0]


def test_nobody_named_is_a_mistake(core: Core, account: Member) -> None:
    with pytest.raises(NotAllowed) as refusal:
        renewal.start(core, Wanted(POLICY))

    assert refusal.value.code == "renewal_of_nobody"
    assert reasons(core) == {account.email: None}


def test_a_group_is_everybody_whose_password_is_old(
    app: Flask, core: Core, account: Member, clock: MovableClock
) -> None:
    line = core.clock.now() + timedelta(days=1)
    clock.advance(days=2)
    people.member(app, "otto@beispiel.test")

    assert renewal.start(core, Wanted(POLICY, changed_before=line)) == 1

    assert reasons(core) == {account.email: "policy", "otto@beispiel.test": None}


def test_all_of_many_are_reached_in_several_transactions(
    both_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "CHUNK", 3)
    for number in range(7):
        people.member(both_app, f"m{number}@beispiel.test")
    with both_app.app_context():
        core, steps = both_app.extensions[NAME].core, list[int]()

        assert renewal.count(core, Wanted(POLICY, everybody=True)) == 7
        assert renewal.start(core, Wanted(POLICY, everybody=True), steps.append) == 7

        assert steps == [3, 3, 1]
        assert set(reasons(core).values()) == {"policy"}
        assert renewal.start(core, Wanted(POLICY, everybody=True)) == 0


def test_the_stronger_reason_takes_the_place_of_the_weaker_and_never_the_other_way(
    core: Core, account: Member, postbox: Postbox
) -> None:
    renewal.start(core, Wanted(POLICY, (account.id,), tell=False))
    assert renewal.start(core, Wanted(COMPROMISE, (account.id,), tell=False)) == 1
    assert renewal.start(core, Wanted(POLICY, everybody=True)) == 0

    assert reasons(core) == {account.email: "compromise"}
    assert postbox.mails == []


def test_an_account_without_a_password_is_left_alone(app: Flask, core: Core) -> None:
    people.register(Browser(app))

    assert renewal.start(core, Wanted(COMPROMISE, everybody=True)) == 0


def test_stricter_rules_leave_sessions_alone_but_lead_them_to_the_page(
    core: Core, account: Member, signed_in: Browser
) -> None:
    renewal.start(core, Wanted(POLICY, (account.id,)))

    assert signed_in.open("/account").path == "/password/renew"


def test_a_known_password_ends_sessions_grants_and_open_links(
    app: Flask, core: Core, account: Member, postbox: Postbox
) -> None:
    portal = Portal.register(app, scopes=("openid", "offline_access"))
    browser = Browser(app)
    tokens = portal.tokens(portal.sign_in(browser, account.email, account.password))
    browser.open("/password/forgot").send(email=account.email)
    link = postbox.link()

    renewal.start(core, Wanted(COMPROMISE, (account.id,)))

    assert browser.open("/account").path == "/login"
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    people.fresh(core)
    assert core.db.query(Grant).filter(Grant.revoked_at.is_(None)).count() == 0
    assert "password" not in Browser(app).open(link).forms[-1].fields


@pytest.mark.parametrize("reason", [POLICY, COMPROMISE])
def test_the_very_password_that_must_be_replaced_is_not_taken(
    core: Core, account: Member, postbox: Postbox, browser: Browser, reason: Reason
) -> None:
    renewal.start(core, Wanted(reason, (account.id,), tell=False))
    browser.open("/password/forgot").send(email=account.email)
    page = browser.open(postbox.link())

    refused = page.send(password=account.password)

    assert (refused.status, refused.error_code) == (422, "password_unchanged")
    assert reasons(core) == {account.email: reason}
    assert refused.send(password=OTHER_PASSWORD).path == "/account"


def test_a_group_of_any_size_is_reached(both_app: Flask) -> None:
    for number in range(3):
        people.member(both_app, f"m{number}@beispiel.test")
    with both_app.app_context():
        core = both_app.extensions[NAME].core
        strangers = [f"x{number}@beispiel.test" for number in range(1500)]
        group = (*strangers[:700], "m0@beispiel.test", *strangers[700:], "M2@beispiel.test")

        assert renewal.unknown(core, group) == strangers
        assert renewal.count(core, Wanted(POLICY, group)) == 2
        assert renewal.start(core, Wanted(POLICY, group)) == 2
        assert [email for email, reason in reasons(core).items() if reason is None] == [
            "m1@beispiel.test"
        ]


def test_whoever_was_brought_along_has_an_old_password(core: Core, account: Member) -> None:
    core.db.execute(update(Account).values(password_changed_at=None))
    core.db.commit()
    born = core.db.get_one(Account, account.id).created_at

    assert renewal.count(core, Wanted(POLICY, changed_before=born)) == 0
    assert renewal.count(core, Wanted(POLICY, changed_before=born + timedelta(days=1))) == 1


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED])
def test_who_cannot_sign_in_is_concerned_but_not_written_to(
    core: Core, account: Member, postbox: Postbox, state: State
) -> None:
    core.db.execute(update(Account).values(state=state))
    core.db.commit()

    assert renewal.start(core, Wanted(COMPROMISE, everybody=True)) == 1

    assert reasons(core) == {account.email: "compromise"}
    assert postbox.mails == []


def test_of_two_reasons_at_once_the_stronger_one_stays(both_app: Flask) -> None:
    for turn in range(ROUNDS):
        who = people.member(both_app, f"m{turn}@beispiel.test")
        deeds = [Wanted(reason, (who.id,), tell=False) for reason in (POLICY, COMPROMISE)]

        together(both_app, [lambda core, one=one: renewal.start(core, one) for one in deeds])

        with both_app.app_context():
            assert reasons(people.core_of(both_app))[who.email] == "compromise"


def test_a_password_that_becomes_known_while_a_new_one_is_chosen_leaves_nothing_open(
    both_app: Flask,
) -> None:
    for turn in range(ROUNDS):
        who = people.member(both_app, f"m{turn}@beispiel.test")
        with both_app.app_context():
            token = mailed.reset(people.core_of(both_app), who.id)
        known = Wanted(COMPROMISE, (who.id,), tell=False)

        results = together(both_app, [
            lambda core, known=known: renewal.start(core, known),
            lambda core, token=token: reset.choose(core, token, OTHER_PASSWORD, ""),
        ])  # fmt: skip

        assert results[0] == 1
        with both_app.app_context():
            core = people.core_of(both_app)
            assert reasons(core)[who.email] == "compromise"
            assert core.db.query(UserSession).filter_by(ended_at=None).count() == 0


def test_a_sign_in_that_was_under_way_when_it_became_known_is_refused(
    core: Core, account: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verified(*_: object) -> bool:
        renewal.start(core, Wanted(COMPROMISE, (account.id,)))
        return True

    monkeypatch.setattr(passwords, "fits", verified)

    with pytest.raises(WrongCredentials):
        login.enter(core, Attempt(account.email, account.password, "address:1", ""))
    assert core.db.query(UserSession).count() == 0


def test_a_name_that_somebody_gave_himself_goes_to_no_address_that_is_not_confirmed(
    core: Core, account: Member, postbox: Postbox
) -> None:
    core.db.execute(update(Account).values(email_verified_at=None, given_name="Gewinn: böse"))
    core.db.commit()

    renewal.start(core, Wanted(POLICY, (account.id,)))

    assert "Gewinn" not in postbox.mails[0].text + postbox.mails[0].html


def test_who_has_chosen_a_new_one_since_then_is_not_concerned(
    core: Core, account: Member, signed_in: Browser, clock: MovableClock
) -> None:
    clock.advance(minutes=10)
    line = core.clock.now()
    page = signed_in.open("/password/change")
    assert page.send(current_password=PASSWORD, password=OTHER_PASSWORD).status == 200

    assert renewal.count(core, Wanted(POLICY, changed_before=line)) == 0
    assert renewal.count(core, Wanted(POLICY, changed_before=core.clock.now())) == 1


def test_whoever_has_no_password_yet_is_left_alone(
    app: Flask, core: Core, account: Member, postbox: Postbox
) -> None:
    people.register(Browser(app))
    core.db.execute(update(Account).where(Account.id == account.id).values(password_hash=None))
    core.db.commit()
    before = len(postbox.mails)

    assert renewal.count(core, Wanted(POLICY, everybody=True)) == 0
    assert renewal.start(core, Wanted(Reason.COMPROMISE, everybody=True)) == 0

    assert set(reasons(core).values()) == {None}
    assert len(postbox.mails) == before


def test_what_staff_made_due_is_recorded_with_its_reason(core: Core, account: Member) -> None:
    renewal.start(core, Wanted(Reason.COMPROMISE, (account.id,)))

    (event,) = core.db.scalars(select(AuditEvent).where(AuditEvent.kind == "password.due"))
    assert (event.account_id, event.actor) == (account.id, "operator")
    assert event.facts == {"reason": "compromise"}
