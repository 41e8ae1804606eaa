"""Signing in: same answer for everybody, a delay that grows, sessions that change and end."""

import re
import threading

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from idp.accounts.models import Account, State, UserSession
from idp.core import Core
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD, Member
from tests.relying_party import Portal

WRONG = "Falscher-Ofen-99"


def attempt(browser: Browser, username: str, password: str) -> Page:
    return browser.open("/login").send(username=username, password=password)


def again(browser: Browser, member: Member) -> Page:
    """Sign in while somebody is signed in already, as from a form left open."""
    token = browser.open("/account").forms[0].fields["csrf_token"]
    data = {"csrf_token": token, "username": member.email, "password": member.password}
    return browser.post("/login", data)


def cookie(browser: Browser, name: str = "idp_session") -> str:
    found = browser.client.get_cookie(name, "127.0.0.1")
    return found.value if found else ""


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


def test_every_try_costs_one_hash_whether_or_not_there_is_an_account(
    app: Flask, core: Core, account: Member
) -> None:
    hasher = people.counting(app)
    people.register(Browser(app), "wartet@beispiel.test")

    for number, name in enumerate((account.email, "nie@beispiel.test", "wartet@beispiel.test"), 1):
        attempt(Browser(app), name, WRONG)
        assert hasher.verified == number


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


@pytest.mark.parametrize(
    ("field", "value"), [("username", ""), ("username", " "), ("username", "x" * 255),
                         ("password", ""), ("password", "  "), ("password", "x" * 257)]
)  # fmt: skip
def test_what_cannot_be_right_costs_no_try_and_no_hash(
    app: Flask, browser: Browser, account: Member, field: str, value: str
) -> None:
    hasher = people.counting(app)
    form = {"username": account.email, "password": WRONG, field: value}

    page = browser.open("/login").send(**form)

    assert page.status == 422
    assert f"{field}-error" in page.ids
    assert hasher.verified == 0


def test_after_five_wrong_tries_each_one_waits_twice_as_long(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    browser = Browser(app)
    for _ in range(5):
        assert attempt(browser, account.email, WRONG).status == 422

    for wait in (2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        refused = attempt(browser, account.email, PASSWORD)
        assert (refused.status, refused.error_code) == (429, "throttled")
        assert int(refused.response.headers["Retry-After"]) == wait
        clock.advance(seconds=wait)
        assert attempt(browser, account.email, WRONG).status == 422


def test_the_waiting_time_is_over_when_it_says_so(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    for _ in range(5):
        attempt(Browser(app), account.email, WRONG)
    refused = attempt(Browser(app), account.email, PASSWORD)

    clock.advance(seconds=int(refused.response.headers["Retry-After"]))

    assert attempt(Browser(app), account.email, PASSWORD).path == "/account"


def test_a_right_try_forgets_the_wrong_ones(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    for _ in range(3):
        for _ in range(4):
            assert attempt(Browser(app), account.email, WRONG).status == 422
        assert attempt(Browser(app), account.email, PASSWORD).path == "/account"


def test_spelling_the_name_otherwise_is_no_way_around_the_delay(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    names = [account.email, account.email.upper(), f" {account.email}", "ＥＲＩＫＡ@beispiel.test",
             account.email.title()]  # fmt: skip
    for name in names:
        assert attempt(Browser(app), name, WRONG).status == 422

    assert attempt(Browser(app), account.email, PASSWORD).status == 429


def test_a_strangers_failures_do_not_lock_the_owner_out(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    stranger, elsewhere = Browser(app), Browser(app)
    stranger.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    for _ in range(40):
        attempt(stranger, account.email, WRONG)
    assert attempt(stranger, account.email, PASSWORD).status == 429

    assert attempt(elsewhere, account.email, PASSWORD).path == "/account"


def test_a_known_device_has_its_own_counter_at_the_same_address(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    owner, stranger = Browser(app), Browser(app)
    attempt(owner, account.email, PASSWORD)
    owner.client.delete_cookie("idp_session", domain="127.0.0.1")
    for _ in range(40):
        attempt(stranger, account.email, WRONG)
    assert attempt(stranger, account.email, PASSWORD).status == 429

    assert attempt(owner, account.email, PASSWORD).path == "/account"


def test_a_known_device_is_throttled_too(app: Flask, clock: MovableClock, account: Member) -> None:
    clock.freeze()
    owner = Browser(app)
    attempt(owner, account.email, PASSWORD)
    owner.client.delete_cookie("idp_session", domain="127.0.0.1")
    for _ in range(5):
        attempt(owner, account.email, WRONG)

    assert attempt(owner, account.email, PASSWORD).status == 429


def test_a_device_known_for_one_name_is_a_stranger_for_another(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    other = people.member(app, "otto@beispiel.test", "Otto")
    device = Browser(app)
    attempt(device, account.email, PASSWORD)
    device.client.delete_cookie("idp_session", domain="127.0.0.1")
    for _ in range(5):
        attempt(device, other.email, WRONG)

    assert attempt(Browser(app), other.email, PASSWORD).status == 429


def test_a_forged_device_cookie_counts_as_none(
    app: Flask, clock: MovableClock, account: Member
) -> None:
    clock.freeze()
    forger = Browser(app)
    for number in range(5):
        forger.client.set_cookie("idp_device", f"WyJ4Il0.{number}", domain="127.0.0.1")
        attempt(forger, account.email, WRONG)

    assert attempt(forger, account.email, PASSWORD).status == 429


def test_a_hash_with_old_parameters_is_renewed_at_sign_in(
    app: Flask, core: Core, account: Member
) -> None:
    def stored() -> str:
        people.fresh(core)
        return str(core.db.get_one(Account, account.id).password_hash)

    before = stored()
    people.counting(app)._argon2 = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)

    assert attempt(Browser(app), account.email, f" {PASSWORD} ").path == "/account"
    renewed = stored()
    assert "m=8,t=1" in before
    assert "m=16,t=2" in renewed
    assert attempt(Browser(app), account.email, PASSWORD).path == "/account"
    assert stored() == renewed


def test_a_wrong_password_renews_nothing(app: Flask, core: Core, account: Member) -> None:
    people.counting(app)._argon2 = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)

    attempt(Browser(app), account.email, WRONG)

    assert "m=8,t=1" in str(core.db.get_one(Account, account.id).password_hash)


def test_when_too_many_hashes_wait_the_form_asks_to_come_back(
    app: Flask, browser: Browser, account: Member
) -> None:
    hasher = people.counting(app, queue=0, slots=1)
    started, go = threading.Event(), threading.Event()

    def hold() -> None:
        started.set()
        go.wait(20)

    somebody = threading.Thread(target=lambda: hasher._in_turn(hold))
    somebody.start()
    started.wait(20)
    page = attempt(browser, account.email, PASSWORD)
    go.set()
    somebody.join()

    assert (page.status, page.error_code) == (503, "busy")
    assert page.response.headers["Retry-After"] == "2"
    assert page.form("username").fields["username"] == account.email
    assert attempt(browser, account.email, PASSWORD).path == "/account"


def test_signing_in_again_changes_the_cookie_and_the_old_one_is_dead(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    before = cookie(signed_in)

    again(signed_in, account)

    assert cookie(signed_in) not in ("", before)
    thief = Browser(app)
    thief.client.set_cookie("idp_session", before, domain="127.0.0.1")
    assert thief.open("/account").path == "/login"
    assert signed_in.open("/account").path == "/account"


def test_a_cookie_planted_before_sign_in_is_never_a_session(
    app: Flask, browser: Browser, account: Member
) -> None:
    browser.client.set_cookie("idp_session", "planted", domain="127.0.0.1")

    attempt(browser, account.email, PASSWORD)

    assert cookie(browser) != "planted"
    thief = Browser(app)
    thief.client.set_cookie("idp_session", "planted", domain="127.0.0.1")
    assert thief.open("/account").path == "/login"


def test_another_persons_session_in_this_browser_ends_with_its_grants(
    app: Flask, core: Core, signed_in: Browser
) -> None:
    """GHSA-c9h6-v78w-52wj: a new sign-in kept the session of somebody else."""
    portal = Portal.register(app)
    tokens = portal.tokens(portal.answer(signed_in))
    assert portal.userinfo(tokens["access_token"]).status_code == 200
    before = cookie(signed_in)
    other = people.member(app, "otto@beispiel.test", "Otto")

    page = again(signed_in, other)

    assert "otto@beispiel.test" in page.text
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    thief = Browser(app)
    thief.client.set_cookie("idp_session", before, domain="127.0.0.1")
    assert thief.open("/account").path == "/login"
    people.fresh(core)
    living = core.db.scalars(select(UserSession).where(UserSession.ended_at.is_(None))).all()
    assert [row.account_id for row in living] == [other.id]


def test_the_same_persons_grants_live_on(app: Flask, signed_in: Browser, account: Member) -> None:
    portal = Portal.register(app)
    tokens = portal.tokens(portal.answer(signed_in))

    again(signed_in, account)

    assert portal.userinfo(tokens["access_token"]).status_code == 200


def test_a_failed_sign_in_leaves_the_session_alone(
    app: Flask, signed_in: Browser, account: Member
) -> None:
    page = again(signed_in, Member("", account.email, WRONG))

    assert page.error_code == "wrong_credentials"
    assert signed_in.open("/account").path == "/account"


def test_a_session_is_over_after_30_idle_minutes(signed_in: Browser, clock: MovableClock) -> None:
    for _ in range(4):
        clock.advance(minutes=29)
        assert signed_in.open("/account").path == "/account"

    clock.advance(minutes=31)
    assert signed_in.open("/account").path == "/login"


def test_a_session_is_over_after_12_hours_in_any_case(
    signed_in: Browser, clock: MovableClock
) -> None:
    for _ in range(28):
        clock.advance(minutes=25)
        assert signed_in.open("/account").path == "/account"

    clock.advance(minutes=21)
    assert signed_in.open("/account").path == "/login"


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED, State.DELETED])
def test_a_session_of_an_account_that_is_no_longer_active_opens_nothing(
    signed_in: Browser, core: Core, account: Member, state: State
) -> None:
    core.db.get_one(Account, account.id).state = state
    core.db.commit()

    assert signed_in.open("/account").path == "/login"


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


def flags(header: str) -> set[str]:
    return {part.strip().split("=")[0].lower() for part in header.split(";")[1:]}


def test_cookies_over_http_on_loopback_have_plain_names(
    app: Flask, browser: Browser, account: Member
) -> None:
    token = browser.open("/login").form("username").fields["csrf_token"]
    data = {"csrf_token": token, "username": account.email, "password": PASSWORD}

    answer = browser.client.post("/login", data=data, base_url=browser.issuer)

    headers = answer.headers.getlist("Set-Cookie")
    assert {header.split("=")[0] for header in headers} == {"idp_session", "idp_device"}
    for header in headers:
        assert {"httponly", "path"} <= flags(header)
        assert "secure" not in flags(header)
        assert "domain" not in flags(header)
        assert "SameSite=Lax" in header
        assert "Path=/" in header


def test_cookies_over_https_are_bound_to_the_host(
    tmp_path_factory: pytest.TempPathFactory, clock: MovableClock
) -> None:
    folder = tmp_path_factory.mktemp("https")
    app = built(settings_for(folder, issuer="https://konto.beispiel.test"), clock)
    member, browser = people.member(app), Browser(app)
    token = browser.open("/login").form("username").fields["csrf_token"]
    data = {"csrf_token": token, "username": member.email, "password": PASSWORD}

    answer = browser.client.post("/login", data=data, base_url=browser.issuer)
    spoken = browser.client.post(
        "/language", data={"csrf_token": token, "lang": "en"}, base_url=browser.issuer
    )

    headers = answer.headers.getlist("Set-Cookie")
    assert {header.split("=")[0] for header in headers} == {"__Host-idp", "__Host-idp_device"}
    for header in (*headers, *spoken.headers.getlist("Set-Cookie")):
        assert {"httponly", "path", "secure"} <= flags(header)
        assert "domain" not in flags(header)
        assert "SameSite=Lax" in header
    assert answer.headers["Strict-Transport-Security"]
    dispose(app)


def test_the_session_cookie_ends_with_the_browser(browser: Browser, account: Member) -> None:
    attempt(browser, account.email, PASSWORD)

    found = browser.client.get_cookie("idp_session", "127.0.0.1")
    assert found
    assert found.max_age is None
    assert found.expires is None
