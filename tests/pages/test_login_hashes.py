"""What signing in costs: one hash a try, a new one for an old one, and a turn in the queue."""

import threading

import pytest
from argon2 import PasswordHasher
from flask import Flask

from idp.accounts.models import Account
from idp.core import Core
from idp.turns import Lane
from tests import people
from tests.browser import Browser
from tests.pages.entering import WRONG, attempt
from tests.people import PASSWORD, Member


def test_every_try_costs_one_hash_whether_or_not_there_is_an_account(
    app: Flask, core: Core, account: Member
) -> None:
    hasher = people.counting(app)
    people.register(Browser(app), "wartet@beispiel.test")

    for number, name in enumerate((account.email, "nie@beispiel.test", "wartet@beispiel.test"), 1):
        attempt(Browser(app), name, WRONG)
        assert hasher.verified == number


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

    somebody = threading.Thread(target=lambda: hasher._in_turn(hold, Lane.ENTER))
    somebody.start()
    assert started.wait(20)
    page = attempt(browser, account.email, PASSWORD)
    go.set()
    somebody.join()

    assert (page.status, page.error_code) == (503, "busy")
    assert page.response.headers["Retry-After"] == "2"
    assert page.form("username").fields["username"] == account.email
    assert attempt(browser, account.email, PASSWORD).path == "/account"


@pytest.mark.parametrize("typed", [f" {PASSWORD} ", " Falscher-Ofen-99"])
def test_blanks_around_a_password_cost_no_second_hash(
    app: Flask, account: Member, typed: str
) -> None:
    hasher = people.counting(app)

    Browser(app).open("/login").send(username=account.email, password=typed)

    assert hasher.verified == 1
