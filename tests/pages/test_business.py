import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from idp.accounts import admin
from idp.accounts.admin import Person
from idp.core import Core
from idp.pin import printing
from idp.pin.carriers import Folder
from idp.web.house import NAME
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.pin.situations import (
    CLOSED,
    NUMBER,
    UNKNOWN,
    letters,
    memberships,
    ordered_openly,
    pins,
    register,
    shift,
    states,
)

PASSWORD = "Zwölf Frösche tanzen 7"


def sign_in(core: Core, browser: Browser, given: str) -> Browser:
    """Sign a new person in through the form."""
    email = f"{given.lower()}@beispiel.test"
    admin.add(core, Person(email, given, "Muster"), PASSWORD)
    browser.open("/login").send(username=email, password=PASSWORD)
    return browser


@pytest.fixture
def house(core: Core) -> Core:
    register(core)
    return core


@pytest.fixture
def anna(house: Core, browser: Browser) -> Browser:
    """Anna's browser, signed in."""
    return sign_in(house, browser, "Anna")


@pytest.fixture
def bert(house: Core, app: Flask) -> Browser:
    return sign_in(house, Browser(app), "Bert")


def order(browser: Browser, core: Core, number: str = NUMBER) -> str:
    """Order a PIN through the form and read it in the letter."""
    browser.open("/business/pin").send(number=number, branch="")
    return str(letters(core)[-1]["pin"])


def link(browser: Browser, pin: str, number: str = NUMBER) -> Page:
    return browser.open("/business/link").send(number=number, branch="", pin=pin)


def test_a_member_orders_a_pin_and_is_linked_at_once(anna: Browser, house: Core) -> None:
    assert "Noch kein Betrieb" in anna.open("/business").text
    sent = anna.open("/business/pin").send(number="1234567/001", branch="")
    assert (sent.status, sent.error_code) == (200, None)
    assert "Angefordert" in anna.open("/business").text

    linked = link(anna, letters(house)[0]["pin"].lower(), "1234567-001")

    assert "Filiale Süd" in linked.text
    shown = anna.open("/business").text
    assert "Filiale Süd" in shown
    assert "1234567-001" in shown


@pytest.mark.parametrize("path", ["/business", "/business/link", "/business/unlink?membership=x"])
def test_who_is_not_signed_in_signs_in_first_and_comes_back(
    house: Core, browser: Browser, path: str
) -> None:
    admin.add(house, Person("eva@beispiel.test", "Eva", "Muster"), PASSWORD)
    asked = browser.open(path)
    assert asked.path == "/login"

    arrived = asked.send(username="eva@beispiel.test", password=PASSWORD)

    assert arrived.path == path.partition("?")[0]


def test_the_code_on_the_letter_brings_the_number_along(anna: Browser) -> None:
    form = anna.open("/business/link?number=1234567-001").form("pin")

    assert form.fields["number"] == "1234567-001"


def test_a_refused_pin_says_why_and_stands_nowhere(anna: Browser, house: Core) -> None:
    pin = order(anna, house)
    wrong = shift(pin)

    refused = link(anna, wrong)

    assert (refused.status, refused.error_code) == (422, "pin_mismatch")
    assert wrong not in refused.response.text
    assert refused.form("pin").fields["number"] == NUMBER
    assert memberships(house) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (shift, "pin_mismatch"),
        (lambda pin: pin[:-1] + "0", "pin_sign_plain"),
        (lambda pin: pin[:-1] + "S", "pin_sign"),
        (lambda pin: pin[:-2], "pin_length"),
        (lambda pin: pin[:-1] + ("2" if pin[-1] != "2" else "3"), "pin_typo"),
    ],
)
def test_every_way_to_mistype_a_pin_has_a_text(
    anna: Browser, house: Core, change: Callable[[str], str], code: str
) -> None:
    refused = link(anna, change(order(anna, house)))

    assert (refused.status, refused.error_code) == (422, code)
    assert f"error.{code}" not in refused.text
    assert "%(" not in refused.text


def test_an_expired_pin_leads_to_a_new_one(anna: Browser, house: Core, clock: MovableClock) -> None:
    pin = order(anna, house)
    clock.advance(days=31)
    anna.open("/login").send(username="anna@beispiel.test", password=PASSWORD)

    refused = link(anna, pin)

    assert refused.error_code == "pin_expired"
    assert "/business/pin" in refused.links


def test_a_used_pin_leads_to_a_new_one(anna: Browser, bert: Browser, house: Core) -> None:
    pin = ordered_openly(house)
    link(anna, pin)

    refused = link(bert, pin)

    assert refused.error_code == "pin_used"
    assert "/business/pin" in refused.links


def test_too_many_tries_are_told_with_their_status(anna: Browser, house: Core) -> None:
    wrong = shift(order(anna, house))
    for _ in range(5):
        link(anna, wrong)

    refused = link(anna, wrong)

    assert (refused.status, refused.error_code) == (429, "pin_throttled")
    assert int(refused.response.headers["Retry-After"]) > 3000


@pytest.mark.parametrize("pin", ["", "K" * 61])
def test_what_can_be_no_pin_is_no_try(anna: Browser, house: Core, pin: str) -> None:
    order(anna, house)

    refused = link(anna, pin)

    assert (refused.status, refused.error_code) == (422, None)
    assert pins(house)[0].tries == 0


def test_a_second_order_says_a_letter_is_on_its_way(anna: Browser, house: Core) -> None:
    order(anna, house)

    refused = anna.open("/business/pin").send(number=NUMBER, branch="")

    assert (refused.status, refused.error_code) == (422, "pin_on_its_way")


def test_known_and_unknown_numbers_are_answered_alike(anna: Browser, house: Core) -> None:
    known = anna.open("/business/pin").send(number=NUMBER, branch="")
    unknown = anna.open("/business/pin").send(number=UNKNOWN, branch="")

    assert len(letters(house)) == 1
    assert known.response.text == unknown.response.text


def test_ones_orders_do_not_tell_whether_the_number_exists(anna: Browser, house: Core) -> None:
    shown = {}
    for number in (NUMBER, UNKNOWN, CLOSED):
        anna.open("/business/pin").send(number=number, branch="")
    page = anna.open("/business").response.text
    for letter in letters(house):
        printing.deliver(house, letter, Folder({"folder": house.settings.pin.folder}))
    assert states(house).count("sent") == 1
    printed = anna.open("/business").response.text

    parts = re.findall(r'<section class="card">\s*<div class="row"><h3>.*?</section>', page, re.S)
    shown = {re.search(r"\d{7}", part)[0]: re.sub(r"\d{7}", "N", part) for part in parts}  # type: ignore[index]
    assert shown.keys() == {NUMBER, UNKNOWN, CLOSED}
    assert len(set(shown.values())) == 1
    for words in ("Angefordert", "Angefordert am", "Gültig bis"):
        assert words in shown[UNKNOWN]
    assert printed == page


def test_all_pages_call_the_number_as_the_chamber_does(tmp_path: Path, clock: MovableClock) -> None:
    app = built(settings_for(tmp_path, business={"label": "Mitgliedsnummer"}), clock)
    core = app.extensions[NAME].core
    with app.app_context():
        register(core)
        anna = sign_in(core, Browser(app), "Anna")
        pages = [anna.open("/business/link"), anna.open("/business/pin")]
        pages.append(anna.open("/business/pin").send(number="", branch=""))
        pages.append(anna.open("/business/pin").send(number=NUMBER, branch=""))
        pages.append(anna.open("/business"))
        pages.append(link(anna, letters(core)[0]["pin"]))
        pages.append(anna.open("/business"))
        (membership,) = memberships(core)
        pages.append(anna.open(f"/business/unlink?membership={membership.id}"))
        pages.append(pages[-1].send(membership=membership.id))
    dispose(app)

    for page in pages:
        assert "Mitgliedsnummer" in page.text
        assert "Betriebsnummer" not in page.text.replace("Betriebsnummer der Arbeitsagentur", "")
        assert "%(" not in page.text


def test_an_english_page_names_the_number_as_the_letter_does(anna: Browser) -> None:
    anna.post("/language", {**anna.open("/business/link").form("pin").fields, "lang": "en"})

    assert "Business number (Betriebsnummer)" in anna.open("/business/link").text


def test_without_login_known_and_unknown_are_answered_alike(browser: Browser, house: Core) -> None:
    answers = [
        browser.open("/business/pin").send(number=number, branch="", postcode=postcode)
        for number, postcode in ((NUMBER, "12345"), (NUMBER, "99999"), (UNKNOWN, "12345"))
    ]

    assert len(pins(house)) == 1
    assert {(answer.status, answer.response.text) for answer in answers} == {
        (200, answers[0].response.text)
    }


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"number": "12", "postcode": "12345"}, "number_invalid"),
        ({"number": "1234567-12345", "postcode": "12345"}, "branch_invalid"),
        ({"number": "1234567", "postcode": ""}, None),
    ],
)
def test_without_login_mistakes_are_told(
    browser: Browser, house: Core, values: dict[str, str], code: str | None
) -> None:
    refused = browser.open("/business/pin").send(branch="", **values)

    assert (refused.status, refused.error_code) == (422, code)


def test_where_the_profile_wants_a_login_it_comes_first(
    tmp_path: object, clock: MovableClock
) -> None:
    pin = {"folder": f"{tmp_path}/letters", "request_without_login": False}
    app = built(settings_for(tmp_path, pin=pin), clock)  # type: ignore[arg-type]

    assert Browser(app).open("/business/pin").path == "/login"
    dispose(app)


def test_unlinking_is_asked_once_more_and_done_by_button_alone(anna: Browser, house: Core) -> None:
    link(anna, order(anna, house))
    (membership,) = memberships(house)
    asked = anna.open(f"/business/unlink?membership={membership.id}")
    assert "Tischlerei Beispiel GmbH" in asked.text
    assert memberships(house)[0].until is None

    done = asked.send(membership=membership.id)

    assert "Tischlerei Beispiel GmbH" in done.text
    assert "Noch kein Betrieb" in anna.open("/business").text


def test_another_persons_link_is_neither_shown_nor_ended(
    anna: Browser, bert: Browser, house: Core
) -> None:
    link(anna, order(anna, house))
    link(bert, order(bert, house))
    first, second = memberships(house)
    asked = bert.open(f"/business/unlink?membership={second.id}")

    assert bert.open(f"/business/unlink?membership={first.id}").error_code == "not_linked"
    assert asked.send(membership=first.id).error_code == "not_linked"
    assert [membership.until for membership in memberships(house)] == [None, None]


@pytest.mark.parametrize("path", ["/business/link", "/business/pin", "/business/unlink"])
def test_no_form_works_without_its_token(anna: Browser, house: Core, path: str) -> None:
    pin = order(anna, house)

    refused = anna.post(path, {"number": NUMBER, "pin": pin, "membership": "x"})

    assert refused.error_code == "csrf"
    assert states(house) == ["requested"]
