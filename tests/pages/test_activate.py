"""The mailed link of a registration: what opens it, what spends it, what it says when over."""

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts.models import Account, Link, State
from idp.core import Core
from tests import people
from tests.browser import Browser, Left
from tests.conftest import MovableClock
from tests.people import PASSWORD, Postbox
from tests.relying_party import Portal, answered

EMAIL = "neu@beispiel.test"


@pytest.fixture
def link(browser: Browser, postbox: Postbox) -> str:
    people.register(browser, EMAIL)
    return postbox.link(EMAIL)


def state(core: Core) -> list[str]:
    people.fresh(core)
    return list(core.db.scalars(select(Account.state)))


def test_the_button_behind_the_link_activates_and_signs_in(
    browser: Browser, core: Core, link: str
) -> None:
    page = browser.open(link)
    assert page.path == "/activate"

    done = page.send(password=PASSWORD)

    assert (done.status, done.path) == (200, "/account")
    assert state(core) == [State.ACTIVE]
    account = core.db.scalars(select(Account)).one()
    assert account.email_verified_at is not None
    assert PASSWORD not in str(account.password_hash)


def test_the_password_chosen_opens_the_sign_in(app: Flask, browser: Browser, link: str) -> None:
    browser.open(link).send(password=PASSWORD)

    assert people.Member("", EMAIL).sign_in(Browser(app)).path == "/account"


def test_opening_a_link_ten_times_by_get_and_head_spends_nothing(
    app: Flask, core: Core, link: str
) -> None:
    scanner = app.test_client()
    for method in ("GET", "HEAD") * 10:
        assert scanner.open(link, method=method, base_url=people.core_of(app).settings.issuer)
        scanner.open("/activate", method=method, base_url=people.core_of(app).settings.issuer)

    assert state(core) == [State.PENDING]
    assert Browser(app).open(link).send(password=PASSWORD).path == "/account"


def test_the_link_works_in_another_browser(app: Flask, core: Core, link: str) -> None:
    assert Browser(app).open(link).send(password=PASSWORD).path == "/account"
    assert state(core) == [State.ACTIVE]


def test_the_secret_leaves_the_address_at_once(browser: Browser, link: str) -> None:
    token = link.removeprefix("/k/")

    answer = browser.client.get(link, base_url=browser.issuer)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/activate")
    page = browser.open("/activate")
    assert token not in page.response.text
    assert token not in str(page.response.headers)


def test_a_mailed_link_fits_into_one_line(core: Core, link: str) -> None:
    assert len(core.settings.issuer + link) <= 76
    assert len(link) <= 30


def test_a_weak_password_shows_every_problem_and_spends_nothing(
    browser: Browser, core: Core, link: str
) -> None:
    page = browser.open(link)

    weak = page.send(password="neumann1234")

    assert weak.status == 422
    assert weak.error_code == "weak_password"
    for words in ("12 Zeichen", "großer Buchstabe", "Sonderzeichen", "„123“", "Namen"):
        assert words in weak.text
    assert "neumann1234" not in weak.response.text
    assert weak.send(password=PASSWORD).path == "/account"
    assert state(core) == [State.ACTIVE]


def test_a_password_of_256_signs_is_taken_whole(app: Flask, browser: Browser, link: str) -> None:
    long = ("Kachelofen im Regen, Wetterhahn am Haus: " * 7)[:256]
    assert not long.endswith(" ")

    assert browser.open(link).send(password=long).path == "/account"

    shorter = people.Member("", EMAIL, long[:-1])
    assert shorter.sign_in(Browser(app)).error_code == "wrong_credentials"
    assert people.Member("", EMAIL, long).sign_in(Browser(app)).path == "/account"


@pytest.mark.parametrize("password", ["", " ", "x" * 257, "x" * 60_000])
def test_no_password_and_too_long_a_one_are_refused_at_the_field(
    browser: Browser, core: Core, link: str, password: str
) -> None:
    page = browser.open(link).send(password=password)

    assert page.status == 422
    assert "password-error" in page.ids
    assert state(core) == [State.PENDING]


def test_a_used_link_says_so(app: Flask, browser: Browser, link: str) -> None:
    browser.open(link).send(password=PASSWORD)

    page = Browser(app).open(link)

    assert (page.status, page.error_code) == (410, "link_used")
    assert "/login" in page.links
    assert "renew" not in str([form.labels for form in page.forms])


def test_a_link_lives_24_hours(browser: Browser, clock: MovableClock, link: str) -> None:
    clock.advance(hours=23, minutes=59)
    assert browser.open(link).status == 200

    clock.advance(minutes=1)
    assert browser.open(link).error_code == "link_expired"


def test_for_a_link_that_is_over_one_click_sends_a_new_one(
    app: Flask, core: Core, clock: MovableClock, link: str, postbox: Postbox
) -> None:
    clock.advance(hours=25)
    browser = Browser(app)
    page = browser.open(link)
    assert (page.status, page.error_code) == (410, "link_expired")

    renewed = page.send(renew="1")

    assert renewed.status == 200
    assert len(postbox.to(EMAIL)) == 2
    assert postbox.link(EMAIL) != link
    assert browser.open(link).error_code == "link_unknown"
    assert browser.open(postbox.link(EMAIL)).send(password=PASSWORD).path == "/account"
    assert state(core) == [State.ACTIVE]


def test_a_form_opened_in_time_and_sent_too_late_activates_nothing(
    browser: Browser, core: Core, clock: MovableClock, link: str
) -> None:
    page = browser.open(link)
    clock.advance(hours=25)

    late = page.send(password=PASSWORD)

    assert late.error_code == "link_expired"
    assert state(core) == [State.PENDING]


def test_an_end_counts_without_any_cleaning_up(
    browser: Browser, core: Core, clock: MovableClock, link: str
) -> None:
    """CVE-2025-64708: an invitation was valid until a clean-up job ran."""
    clock.advance(days=6)

    assert browser.open(link).error_code == "link_expired"
    assert len(core.db.scalars(select(Link)).all()) == 1


@pytest.mark.parametrize("token", ["x", "x" * 2000, "a-b_c", "%F0%9F%A6%94", "0"])
def test_an_unknown_link_opens_nothing(browser: Browser, token: str) -> None:
    page = browser.open(f"/k/{token}")

    assert page.status == 404
    assert page.error_code in ("link_unknown", "not_found")


def test_the_page_without_a_link_opens_nothing(browser: Browser) -> None:
    page = browser.open("/activate")

    assert (page.status, page.error_code) == (404, "link_unknown")
    assert "/register" in page.links


def test_a_reset_link_does_not_activate(
    app: Flask, browser: Browser, account: people.Member, postbox: Postbox
) -> None:
    browser.open("/password/forgot").send(email=account.email)
    page = browser.open(postbox.link())
    assert page.path == "/password/reset"

    assert browser.open("/activate").error_code == "link_unknown"
    token = page.form("password").fields["csrf_token"]
    sent = browser.post("/activate", {"csrf_token": token, "password": people.OTHER_PASSWORD})
    assert sent.error_code == "link_unknown"
    assert account.sign_in(Browser(app)).path == "/account"


def test_activation_drops_rival_registrations_and_their_links(
    app: Flask, core: Core, postbox: Postbox
) -> None:
    people.register(Browser(app), EMAIL, given_name="Fremd")
    people.register(Browser(app), EMAIL, given_name="Nina")
    foreign, own = (str(people.link_in(mail)) for mail in postbox.to(EMAIL))

    Browser(app).open(own).send(password=PASSWORD)

    people.fresh(core)
    assert core.db.scalars(select(Account.given_name)).all() == ["Nina"]
    assert Browser(app).open(foreign).error_code == "link_unknown"


def test_who_was_signed_in_here_before_is_signed_out(
    app: Flask, signed_in: Browser, core: Core, postbox: Postbox
) -> None:
    """CVE-2025-12390: the next person at a shared computer."""
    portal = Portal.register(app, scopes=("openid",))
    tokens = portal.tokens(portal.answer(signed_in))
    old = signed_in.client.get_cookie("idp_session", "127.0.0.1")
    people.register(Browser(app), EMAIL)

    page = signed_in.open(postbox.link(EMAIL)).send(password=PASSWORD)

    assert "Nina" in page.text
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    ghost = Browser(app)
    assert old
    ghost.client.set_cookie("idp_session", old.value, domain="127.0.0.1")
    assert ghost.open("/account").path == "/login"


def test_the_sign_in_that_led_here_goes_on_in_the_same_browser(
    app: Flask, postbox: Postbox
) -> None:
    portal, browser = Portal.register(app), Browser(app)
    login = portal.start(browser)
    register = browser.open(next(url for url in login.links if url.startswith("/register")))
    register.send(given_name="Nina", family_name="Neu", email=EMAIL, accept_terms="y",
                  accept_privacy="y")  # fmt: skip

    with pytest.raises(Left) as left:
        browser.open(postbox.link(EMAIL)).send(password=PASSWORD)

    assert portal.tokens(answered(left.value))["id_token"]


def test_in_another_browser_it_ends_at_the_account(app: Flask, postbox: Postbox) -> None:
    portal, browser = Portal.register(app), Browser(app)
    login = portal.start(browser)
    register = browser.open(next(url for url in login.links if url.startswith("/register")))
    register.send(given_name="Nina", family_name="Neu", email=EMAIL, accept_terms="y",
                  accept_privacy="y")  # fmt: skip

    assert Browser(app).open(postbox.link(EMAIL)).send(password=PASSWORD).path == "/account"


def test_rules_are_shown_before_input(browser: Browser, link: str) -> None:
    page = browser.open(link)

    assert "password-rules" in page.ids
    assert "12 Zeichen" in page.text


def test_a_registration_added_by_an_operator_is_activated_by_the_same_link(
    app: Flask, core: Core, postbox: Postbox
) -> None:
    people.admin.add(core, people.Person("max@beispiel.test", "Max", "Muster"))

    assert Browser(app).open(postbox.link()).send(password=PASSWORD).path == "/account"
    assert state(core) == [State.ACTIVE]
