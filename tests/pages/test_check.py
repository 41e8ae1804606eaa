"""While somebody types: the answer that the form would get."""

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from idp.accounts.models import Account
from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD, Member, Postbox

CHECK = "/password/check"
ONE_BEFORE = "Es ist nicht Ihr bisheriges Passwort."
THREE_BEFORE = "Es ist keines Ihrer letzten 3 Passwörter."


def asked(browser: Browser, password: str, **more: str) -> Any:
    """Ask as the script does, with what stands in the page's form."""
    token = browser.open("/help").forms[0].fields["csrf_token"]
    return browser.post(CHECK, {"csrf_token": token, "password": password, **more})


def answer(browser: Browser, password: str, **more: str) -> dict[str, Any]:
    page = asked(browser, password, **more)
    assert page.status == 200
    found: dict[str, Any] = page.response.get_json()
    return found


def codes(told: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in told["problems"]]


def test_a_good_password_fulfils_all_rules(signed_in: Browser) -> None:
    told = answer(signed_in, "Wetterhahn!52-Süd")

    assert told == {
        "rules": [True] * 6,
        "problems": [],
        "notes": [],
        "status": "Dieses Passwort erfüllt alle Regeln.",
    }


def test_the_rules_are_ticked_in_the_order_in_which_the_page_lists_them(signed_in: Browser) -> None:
    page = signed_in.open("/password/change")
    told = answer(signed_in, "kachelofen38")

    assert told["rules"] == [True, False, True, True, True, True]
    assert page.text.index("mindestens 12 Zeichen") < page.text.index("große und kleine")
    assert told["status"] == "5 von 6 Regeln sind erfüllt."


def test_what_the_list_does_not_say_is_marked(signed_in: Browser) -> None:
    told = answer(signed_in, " abcd")

    listed = {problem["code"]: problem["listed"] for problem in told["problems"]}
    assert listed["blank_edges"] is False
    assert told["status"] == (
        "2 von 6 Regeln sind erfüllt. Am Anfang oder Ende steht ein Leerzeichen. "
        "Bitte entfernen Sie es."
    )
    assert listed["too_short"] is listed["sequence"] is True
    assert all(problem["text"].endswith(".") for problem in told["problems"])


@pytest.mark.parametrize(
    "password", ["", "abc", "Kachelofen-Erika", "Passwort123!", " x ", "ä" * 300]
)
def test_the_form_says_the_same_without_the_script(signed_in: Browser, password: str) -> None:
    told = answer(signed_in, password)

    page = signed_in.open("/password/change").send(
        current_password=PASSWORD, password=password or " "
    )

    if password.strip() and len(password) <= 256:
        assert all(problem["text"] in page.text for problem in told["problems"])
    assert page.status == 422


def test_look_alikes_are_told_and_no_reason_to_refuse(signed_in: Browser) -> None:
    told = answer(signed_in, "Oktober-Laub-2040")

    assert told["problems"] == []
    assert len(told["notes"]) == 1
    assert "O und 0" in told["notes"][0]


def test_who_is_signed_in_is_judged_by_the_own_words(signed_in: Browser, app: Flask) -> None:
    assert "personal" in codes(answer(signed_in, "Mustermann im Regen"))
    assert "personal" not in codes(answer(Browser(app), "Mustermann im Regen"))
    assert "personal" in codes(answer(Browser(app), "Kammer-Konto im Regen"))


def test_the_owner_of_a_link_is_judged_by_the_own_words(app: Flask, postbox: Postbox) -> None:
    browser = Browser(app)
    people.register(browser)
    page = browser.open(postbox.link())
    mark = page.form("password").fields["link"]

    assert "personal" in codes(answer(browser, "Neumann im Regen", link=mark))
    assert "personal" not in codes(answer(browser, "Neumann im Regen", link="x"))
    assert "personal" not in codes(answer(browser, "Neumann im Regen"))


def test_a_link_that_is_over_asks_for_nobodys_words(
    app: Flask, clock: MovableClock, postbox: Postbox
) -> None:
    browser = Browser(app)
    people.register(browser)
    mark = browser.open(postbox.link()).form("password").fields["link"]
    clock.advance(hours=25)

    assert "personal" not in codes(answer(browser, "Neumann im Regen", link=mark))


def test_the_answer_is_kept_nowhere_and_holds_no_password(
    signed_in: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    page = asked(signed_in, "Kanarien-Vogel-83 ")

    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.mimetype == "application/json"
    assert "Kanarien" not in page.response.text
    assert "Kanarien" not in caplog.text


def test_nothing_is_changed_by_asking(signed_in: Browser, app: Flask, account: Member) -> None:
    with app.app_context():
        before = people.core_of(app).db.get_one(Account, account.id).password_hash

    answer(signed_in, "Wetterhahn!52-Süd")

    with app.app_context():
        assert people.core_of(app).db.get_one(Account, account.id).password_hash == before


def test_without_the_token_of_a_form_nobody_is_answered(signed_in: Browser) -> None:
    page: Page = signed_in.post(CHECK, {"password": "Wetterhahn!52-Süd"})

    assert (page.status, page.error_code) == (400, "csrf")
    assert signed_in.open(CHECK).status == 405


def test_a_long_text_is_answered_as_too_long_and_a_huge_one_not_at_all(signed_in: Browser) -> None:
    assert "too_long" in codes(answer(signed_in, "a1!Ü" * 2000))
    assert asked(signed_in, "a" * 100_000).status == 413


def test_one_address_asks_no_more_than_twice_a_second(tmp_path: Path, clock: MovableClock) -> None:
    app = built(settings_for(tmp_path, limits={"per_ip": "on"}), clock)
    clock.freeze()
    browser = Browser(app)

    statuses = [asked(browser, "abc").status for _ in range(122)]

    assert statuses == [200] * 120 + [429] * 2
    assert int(asked(browser, "abc").response.headers["Retry-After"]) <= 60
    # Everything else goes on.
    assert browser.open("/login").status == 200
    assert browser.open("/password/forgot").send(email="a@beispiel.test").status == 200
    clock.advance(minutes=2)
    assert asked(browser, "abc").status == 200
    dispose(app)


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (0, None),
        (1, ONE_BEFORE),
        (3, THREE_BEFORE),
    ],
)
def test_former_passwords_are_in_the_list_but_only_the_form_compares_them(
    tmp_path: Path, clock: MovableClock, history: int, sentence: str | None
) -> None:
    app = built(settings_for(tmp_path, password={"history": history}), clock)
    browser, erika = Browser(app), people.member(app)
    erika.sign_in(browser)

    page = browser.open("/password/change")
    told = answer(browser, PASSWORD)

    said = [known for known in (ONE_BEFORE, THREE_BEFORE) if known in page.text]
    assert said == ([sentence] if sentence else [])
    assert told["rules"] == [True] * 6
    done = "Alle Regeln, die sich jetzt schon prüfen lassen, sind erfüllt."
    assert (told["status"] == done) is bool(history)
    refused = page.send(current_password=PASSWORD, password=PASSWORD)
    assert (refused.status, refused.error_code) == (422, "password_unchanged")
    dispose(app)


def test_somebodys_first_password_has_none_before_it(tmp_path: Path, clock: MovableClock) -> None:
    app = built(settings_for(tmp_path, password={"history": 3}), clock)
    browser, postbox = Browser(app), Postbox(app)
    people.register(browser)

    page = browser.open(postbox.link())

    assert "mindestens 12 Zeichen" in page.text
    assert THREE_BEFORE not in page.text
    dispose(app)
