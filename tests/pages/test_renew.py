"""A password that is due: asked for before anything else, with nothing else reachable."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp.accounts.grants import Grant
from idp.accounts.models import Account, AuditEvent
from idp.core import Core
from idp.web.house import NAME
from tests import people
from tests.accounts.files import HASHES
from tests.browser import Browser, Page
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member, Postbox
from tests.relying_party import Portal


def due(core: Core, member: Member) -> None:
    with core.writing():
        core.db.execute(update(Account).where(Account.id == member.id).values(must_change="policy"))


def reason(core: Core, member: Member) -> str | None:
    people.fresh(core)
    return core.db.get_one(Account, member.id).must_change


@pytest.fixture
def old(core: Core, account: Member) -> Member:
    """A member whose password does not meet the rules any more."""
    due(core, account)
    return account


def sign_in(browser: Browser, member: Member) -> Page:
    return browser.open("/login").send(username=member.email, password=member.password)


def test_the_sign_in_leads_to_the_page_which_says_why(browser: Browser, old: Member) -> None:
    page = sign_in(browser, old)

    assert (page.path, page.status) == ("/password/renew", 200)
    assert "Für Passwörter gelten jetzt strengere Regeln" in page.text
    assert "mindestens 12 Zeichen" in page.text
    assert set(page.form("password").fields) >= {"csrf_token", "password", "username"}
    assert "current_password" not in page.form("password").fields


@pytest.mark.parametrize(
    "path", ["/account", "/account/sessions", "/account/apps", "/password/change", "/business",
             "/business/link", "/business/pin", "/business/unlink?membership=x", "/terms"],
)  # fmt: skip
def test_no_other_page_of_the_account_is_reachable(
    browser: Browser, old: Member, path: str
) -> None:
    sign_in(browser, old)

    page = browser.open(path)

    assert page.path == "/password/renew"
    assert page.send(password=OTHER_PASSWORD).url.endswith(path if path != "/terms" else "/account")


@pytest.mark.parametrize(
    "path", ["/help", "/help/contact", "/legal/terms", "/legal/privacy", "/logout", "/"]
)
def test_help_law_and_the_way_out_stay_open(browser: Browser, old: Member, path: str) -> None:
    sign_in(browser, old)

    assert (browser.open(path).path, browser.open(path).status) == (path, 200)


def test_signing_out_works(browser: Browser, old: Member) -> None:
    page = sign_in(browser, old)
    form = next(form for form in page.forms if form.action == "/logout")

    assert "Sie sind abgemeldet" in page.send(form=form).text
    assert browser.open("/account").path == "/login"


def test_the_new_password_opens_everything_and_the_old_one_nothing(
    app: Flask, core: Core, browser: Browser, old: Member
) -> None:
    page = sign_in(browser, old).send(password=OTHER_PASSWORD)

    assert (page.path, page.status) == ("/account", 200)
    assert reason(core, old) is None
    assert old.sign_in(Browser(app), OTHER_PASSWORD).path == "/account"
    assert old.sign_in(Browser(app), PASSWORD).error_code == "wrong_credentials"


def test_after_five_minutes_the_old_password_is_asked_for_too(
    core: Core, browser: Browser, old: Member, clock: MovableClock
) -> None:
    first = sign_in(browser, old)
    clock.advance(minutes=6)

    late = first.send(password=OTHER_PASSWORD)
    assert (late.status, "current_password-error" in late.ids) == (422, True)
    wrong = late.send(current_password="Falsch-geraten-77", password=OTHER_PASSWORD)
    assert (wrong.status, wrong.error_code) == (422, "wrong_current_password")
    assert reason(core, old) == "policy"

    assert wrong.send(current_password=PASSWORD, password=OTHER_PASSWORD).path == "/account"
    assert reason(core, old) is None


def test_guessing_the_old_password_here_is_slowed_down_as_at_the_sign_in(
    browser: Browser, old: Member, clock: MovableClock
) -> None:
    sign_in(browser, old)
    clock.advance(minutes=6)
    page = browser.open("/password/renew")
    for _ in range(5):
        page = page.send(current_password="Falsch-geraten-77", password=OTHER_PASSWORD)

    assert page.send(current_password=PASSWORD, password=OTHER_PASSWORD).status == 429


@pytest.mark.parametrize("minutes", [0, 6])
def test_the_very_same_password_is_refused(
    core: Core, browser: Browser, old: Member, clock: MovableClock, minutes: int
) -> None:
    sign_in(browser, old)
    clock.advance(minutes=minutes)
    form = {"current_password": PASSWORD} if minutes else {}

    page = browser.open("/password/renew").send(password=f" {PASSWORD}", **form)

    assert (page.status, page.error_code) == (422, "password_unchanged")
    assert "password-error" in page.ids
    assert reason(core, old) == "policy"


@pytest.mark.parametrize("password", ["kurz", "abcdefghijkl", "Mustermann-Erika-7"])
def test_a_weak_one_is_refused_with_all_reasons(
    browser: Browser, old: Member, password: str
) -> None:
    page = sign_in(browser, old).send(password=password)

    assert (page.status, page.error_code) == (422, "weak_password")
    assert "password-error" in page.ids
    assert password not in page.response.text


def test_other_devices_and_what_they_gave_end_and_a_mail_tells_it(
    both_app: Flask,
) -> None:
    member, postbox = people.member(both_app), Postbox(both_app)
    here, elsewhere = Browser(both_app), Browser(both_app)
    portal = Portal.register(
        both_app, scopes=("openid", "offline_access"), auth_method="none", offline_allowed=True
    )
    member.sign_in(elsewhere)
    member.sign_in(here)
    kept = portal.tokens(portal.answer(here))
    lost = portal.tokens(portal.answer(elsewhere))
    with both_app.app_context():
        core = both_app.extensions[NAME].core
        due(core, member)
    before = here.client.get_cookie("idp_session", "127.0.0.1")

    assert here.open("/account").send(password=OTHER_PASSWORD).path == "/account"

    assert elsewhere.open("/account").path == "/login"
    assert portal.refresh(lost["refresh_token"]).status_code == 400
    assert portal.refresh(kept["refresh_token"]).status_code == 200
    after = here.client.get_cookie("idp_session", "127.0.0.1")
    assert before
    assert after
    assert before.value != after.value
    assert "Passwort" in postbox.to(member.email)[-1].subject
    with both_app.app_context():
        people.fresh(core)
        assert core.db.query(AuditEvent).filter_by(kind="password.renewed").count() == 1
        assert len(core.db.scalars(select(Grant).where(Grant.revoked_at.is_(None))).all()) == 1


def test_who_owes_nothing_is_led_on_and_gets_no_way_around_the_old_password(
    core: Core, signed_in: Browser, account: Member
) -> None:
    assert signed_in.open("/password/renew").path == "/account"
    token = signed_in.open("/account").forms[0].fields["csrf_token"]

    page = signed_in.post("/password/renew", {"csrf_token": token, "password": OTHER_PASSWORD})

    assert page.path == "/account"
    people.fresh(core)
    assert core.db.query(AuditEvent).filter_by(kind="password.renewed").count() == 0


def test_a_second_tab_that_renews_too_changes_nothing(
    app: Flask, core: Core, browser: Browser, old: Member
) -> None:
    page = sign_in(browser, old)
    second = browser.open("/password/renew")
    page.send(password=OTHER_PASSWORD)

    assert second.send(password="Dritter-Versuch-38").path == "/account"
    assert old.sign_in(Browser(app), OTHER_PASSWORD).path == "/account"


def test_whoever_was_faster_on_another_connection_wins(
    core: Core, browser: Browser, old: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sign_in(browser, old)
    hashing = type(core.hasher).hash

    def slow(*given: object) -> str:
        with core.writing():
            core.db.execute(update(Account).values(must_change=None))
        return str(hashing(*given))  # type: ignore[arg-type]

    monkeypatch.setattr(type(core.hasher), "hash", slow)
    late = page.send(password=OTHER_PASSWORD)

    assert (late.status, late.error_code) == (422, "password_not_due")
    assert "Ihr Passwort ist schon neu" in late.text


def test_a_new_password_by_mail_is_new_enough(
    core: Core, browser: Browser, postbox: Postbox, old: Member
) -> None:
    browser.open("/password/forgot").send(email=old.email)
    page = browser.open(postbox.link(old.email)).send(password=OTHER_PASSWORD)

    assert page.path == "/account"
    assert reason(core, old) is None


def test_who_came_for_an_application_arrives_there(
    app: Flask, browser: Browser, old: Member
) -> None:
    portal = Portal.register(app, name="Kursbuchung")

    page = portal.start(browser).send(username=old.email, password=old.password)

    assert page.path == "/password/renew"
    assert "weiter zu „Kursbuchung“" in page.text
    assert portal.caught(lambda: page.send(password=OTHER_PASSWORD))["code"]


def test_a_page_of_the_journey_opened_by_hand_leads_to_the_new_password_first(
    app: Flask, browser: Browser, old: Member
) -> None:
    portal = Portal.register(app, first_party=False)
    page = portal.start(browser).send(username=old.email, password=old.password)

    for path in ("/consent", "/business/choose", "/terms", "/business/link"):
        assert browser.open(page.url.replace("/password/renew", path)).path == "/password/renew"


def test_a_late_new_password_is_saved_and_one_click_is_left(
    app: Flask, core: Core, browser: Browser, old: Member, clock: MovableClock
) -> None:
    portal = Portal.register(app, name="Kursbuchung")
    page = portal.start(browser)
    clock.advance(minutes=28)
    page = page.send(username=old.email, password=old.password)
    clock.advance(minutes=3)

    late = page.send(password=OTHER_PASSWORD)

    assert late.error_code == "request_expired"
    assert "Zurück zu Kursbuchung" in late.text
    assert reason(core, old) is None


def test_nobody_who_is_not_signed_in_gets_in(browser: Browser, old: Member) -> None:
    page = browser.open("/password/renew")

    assert page.path == "/login"
    assert page.send(username=old.email, password=old.password).path == "/password/renew"


def test_in_english_too(browser: Browser, old: Member) -> None:
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    assert "Passwords now have to meet stricter rules" in sign_in(browser, old).text


def test_a_form_shown_to_one_person_sets_nobody_elses_password(
    app: Flask, core: Core, browser: Browser, old: Member
) -> None:
    page = sign_in(browser, old)
    other = people.member(app, "otto@beispiel.test")
    due(core, other)
    browser.open("/login?other=1").send(username=other.email, password=other.password)

    again = page.send(password=OTHER_PASSWORD)

    assert (again.path, reason(core, other)) == ("/password/renew", "policy")
    assert other.sign_in(Browser(app)).path == "/password/renew"


def test_a_hash_renewed_on_the_way_does_not_stand_in_the_way(
    core: Core, browser: Browser, account: Member, clock: MovableClock
) -> None:
    with core.writing():
        core.db.execute(update(Account).values(must_change="policy"))
    browser.open("/login").send(username=account.email, password=account.password)
    with core.writing():
        encoded = core.hasher.taken_in(HASHES["bcrypt"])
        core.db.execute(update(Account).values(password_hash=encoded))
    clock.advance(minutes=6)

    page = browser.open("/password/renew").send(current_password=PASSWORD, password=OTHER_PASSWORD)

    assert page.path == "/account"


@pytest.mark.parametrize(("seconds", "asked"), [(290, False), (301, True)])
def test_the_old_password_is_asked_for_after_five_minutes_and_not_before(
    browser: Browser, old: Member, clock: MovableClock, seconds: int, asked: bool
) -> None:
    clock.freeze()
    sign_in(browser, old)

    clock.advance(seconds=seconds)

    fields = browser.open("/password/renew").form("password").fields
    assert ("current_password" in fields) is asked
