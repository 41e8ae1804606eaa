"""A service for leaked passwords: asked by five signs, and never in the way."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from idp.accounts import leaks
from idp.core import Core
from tests import people
from tests.browser import Browser
from tests.cli.issuers import Issuer, listening
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import OTHER_PASSWORD, PASSWORD

DIGEST = hashlib.sha1(OTHER_PASSWORD.encode()).hexdigest().upper()
HEAD, TAIL = DIGEST[:5], DIGEST[5:]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Issuer, Path]]:
    with listening(tmp_path) as (found, cert):
        found.body = f"{'0' * 35}:2\r\n{TAIL}:17\r\n{'F' * 35}:1".encode()
        yield found, cert


@pytest.fixture
def house(service: tuple[Issuer, Path], tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    found, cert = service
    password = {
        "leak_service": f"{found.url}/range/",
        "argon2_memory_kib": 8,
        "argon2_time": 1,
    }
    outbound = {"allowed": ["127.0.0.0/8", "::1/128"], "ca_file": str(cert)}
    app = built(settings_for(tmp_path, password=password, outbound=outbound), clock)
    yield app
    dispose(app)


def known(app: Flask, password: str) -> bool:
    with app.app_context():
        return leaks.known(people.core_of(app), password)


def test_a_leaked_password_is_known_and_five_signs_are_told(
    house: Flask, service: tuple[Issuer, Path]
) -> None:
    assert known(house, OTHER_PASSWORD)
    assert service[0].asked == [f"/range/{HEAD}"]


def test_a_password_that_is_not_in_the_answer_passes(house: Flask) -> None:
    assert not known(house, PASSWORD)


@pytest.mark.parametrize("count", ["0", "", "00"])
def test_an_ending_that_only_pads_the_answer_counts_for_nothing(
    house: Flask, service: tuple[Issuer, Path], count: str
) -> None:
    service[0].body = f"{TAIL}:{count}".encode()

    assert not known(house, OTHER_PASSWORD)


@pytest.mark.parametrize(
    ("status", "body"), [(503, b""), (404, TAIL.encode()), (200, b"x" * 70_000)]
)
def test_a_service_that_is_away_stops_nobody_and_the_log_says_so(
    house: Flask,
    service: tuple[Issuer, Path],
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: bytes,
) -> None:
    service[0].status, service[0].body = status, body

    with caplog.at_level(logging.WARNING, "idp.leaks"):
        assert not known(house, OTHER_PASSWORD)

    assert [record.message for record in caplog.records] == ["password.leak_service is away"]
    assert HEAD not in caplog.text
    assert OTHER_PASSWORD not in caplog.text


def test_an_answer_that_is_no_list_stops_nobody(house: Flask, service: tuple[Issuer, Path]) -> None:
    service[0].body = b"\xff\xfe<html>::\n\n"

    assert not known(house, OTHER_PASSWORD)


def test_without_a_service_nobody_is_asked(core: Core) -> None:
    assert not leaks.known(core, OTHER_PASSWORD)


def test_a_leaked_password_is_refused_at_the_form_like_one_of_our_lists(
    house: Flask, service: tuple[Issuer, Path]
) -> None:
    browser, member = Browser(house), people.member(house)
    member.sign_in(browser)

    page = browser.open("/password/change").send(current_password=PASSWORD, password=OTHER_PASSWORD)

    assert (page.status, page.error_code) == (422, "weak_password")
    assert "Listen bekannter Passwörter" in page.text
    service[0].status = 503
    page = page.send(current_password=PASSWORD, password=OTHER_PASSWORD)
    assert page.status == 200


@pytest.mark.parametrize("umlaut", ["ü", "u\u0308"])
def test_a_leaked_password_is_known_however_its_umlaut_is_spelled(
    house: Flask, umlaut: str
) -> None:
    browser = Browser(house)
    people.member(house).sign_in(browser)
    new = OTHER_PASSWORD.replace("ü", umlaut)

    page = browser.open("/password/change").send(current_password=PASSWORD, password=new)

    assert page.error_code == "weak_password"
