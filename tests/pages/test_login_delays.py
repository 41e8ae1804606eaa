"""Wrong tries: a delay that grows for strangers and locks no owner out."""

from flask import Flask

from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.pages.entering import WRONG, attempt
from tests.people import PASSWORD, Member


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
