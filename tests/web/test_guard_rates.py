"""Requests of one address: counted, and no address becomes another one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.web.doors import post, token_of


@pytest.fixture
def few(tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    clock.freeze()
    limits = {"per_ip": "on", "requests": "5/minute", "proxies": ["10.0.0.0/8"]}
    app = built(settings_for(tmp_path, limits=limits), clock)
    yield app
    dispose(app)


def knock(app: Flask, remote: str, forwarded: str | None = None) -> Page:
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = remote
    if forwarded is not None:
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded
    return post(browser, "/language", {"csrf_token": token_of(browser), "lang": "en"})


def test_an_address_that_asks_too_often_waits(few: Flask, clock: MovableClock) -> None:
    assert [knock(few, "192.0.2.1").status for _ in range(5)] == [303] * 5

    page = knock(few, "192.0.2.1")

    assert (page.status, page.error_code) == (429, "throttled")
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60
    assert knock(few, "192.0.2.2").status == 303
    clock.advance(seconds=int(page.response.headers["Retry-After"]))
    assert knock(few, "192.0.2.1").status == 303


def test_reading_is_not_counted(few: Flask) -> None:
    browser = Browser(few)

    assert {browser.open("/login").status for _ in range(30)} == {200}


@pytest.mark.parametrize(
    ("remote", "forwarded"),
    [
        ("192.0.2.1", [f"198.51.100.{n}" for n in range(9)]),  # nobody listed 192.0.2.1
        ("2001:db8::1", [None] * 9),
        ("10.0.0.1", [f"x{n}" for n in range(9)]),  # garbage counts under the proxy
        ("10.0.0.1", [f"{n}.2.3.4, 198.51.100.7" for n in range(9)]),  # what clients say before
        ("10.0.0.1", [f"2001:db8:0:1::{n}" for n in range(9)]),  # one /64 is one address
        ("10.0.0.1", ["::ffff:198.51.100.7", "198.51.100.7"] * 5),
        ("::ffff:10.0.0.1", [f"{n}.2.3.4, 198.51.100.7" for n in range(9)]),
    ],
)
def test_an_address_cannot_become_another_one(
    few: Flask, remote: str, forwarded: list[str | None]
) -> None:
    statuses = [knock(few, remote, hops).status for hops in forwarded]

    assert statuses[:5] == [303] * 5
    assert set(statuses[5:]) == {429}


def test_behind_a_listed_proxy_each_client_counts_for_itself(few: Flask) -> None:
    statuses = {knock(few, "10.0.0.1", f"198.51.100.{n}, 10.1.1.1").status for n in range(20)}

    assert statuses == {303}
