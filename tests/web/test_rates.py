"""Counting requests of one address in a Redis that processes share, and without it."""

import logging
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from idp.app import create_app
from idp.clock import Clock
from idp.errors import Misconfigured, Throttled
from idp.web.rates import PATIENCE, REST, Rates, opened
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.redis import Redis, running

STRANGER = "192.0.2.1"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def two(redis: Redis, tmp_path: Path, clock: MovableClock) -> Iterator[list[Flask]]:
    """Two applications, as two processes on two machines would run them."""
    limits = {"per_ip": "on", "requests": "4/hour", "storage": redis.url}
    apps = [built(settings_for(tmp_path / name, limits=limits), clock) for name in "ab"]
    yield apps
    for app in apps:
        dispose(app)


def post(app: Flask) -> int:
    """Send a form that changes the language; returns the status."""
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = STRANGER
    token = browser.open("/help").forms[0].fields["csrf_token"]
    form = {"csrf_token": token, "lang": "en"}
    return int(browser.client.post("/language", data=form, base_url=base(app)).status_code)


def base(app: Flask) -> str:
    return str(app.extensions["idp"].core.settings.issuer)


def test_two_applications_count_together(two: list[Flask]) -> None:
    first, second = two

    assert [post(app) for app in (first, second, first, second)] == [303] * 4

    assert [post(app) for app in two] == [429, 429]


def test_without_redis_requests_go_on_and_with_it_they_are_counted_again(
    two: list[Flask], redis: Redis, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "idp.rates")
    app = two[0]
    assert [post(app) for _ in range(5)] == [303] * 4 + [429]
    redis.kill()

    assert [post(app) for _ in range(6)] == [303] * 6
    clock.advance(seconds=REST + 1)
    assert [post(app) for _ in range(6)] == [303] * 6
    assert [record.levelname for record in caplog.records if record.name == "idp.rates"] == [
        "WARNING"
    ]

    redis.start()
    clock.advance(seconds=REST + 1)
    assert [post(app) for _ in range(5)] == [303] * 4 + [429]
    assert caplog.messages[-1] == "requests of one address are counted again"


def test_an_application_starts_without_its_redis(
    redis: Redis, tmp_path: Path, clock: MovableClock
) -> None:
    redis.kill()
    limits = {"per_ip": "on", "requests": "1/hour", "storage": redis.url}
    app = built(settings_for(tmp_path, limits=limits), clock)

    assert [post(app) for _ in range(3)] == [303] * 3
    dispose(app)


def test_a_silent_server_costs_one_request_a_moment_and_the_next_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        rates = Rates(Clock(), f"redis://127.0.0.1:{silent.getsockname()[1]}", "1/hour")
        times = []
        for _ in range(6):
            start = time.monotonic()
            rates.spend(STRANGER)
            times.append(time.monotonic() - start)

    # The quickest, so that a busy machine does not count as waiting.
    assert min(times[1:]) < PATIENCE / 2
    assert times[0] < 6 * PATIENCE


def test_a_server_that_refuses_is_away_too(redis: Redis) -> None:
    with socket.create_connection(("127.0.0.1", redis.port)) as line:
        line.sendall(b"CONFIG SET requirepass other\r\n")
        assert line.recv(5) == b"+OK\r\n"
    rates = Rates(Clock(), redis.url, "1/hour")

    for _ in range(3):
        rates.spend(STRANGER)


def test_in_memory_it_counts_alone(clock: MovableClock) -> None:
    clock.freeze()
    rates = Rates(clock, "memory://", "2/hour")
    rates.spend(STRANGER)
    rates.spend(STRANGER)

    with pytest.raises(Throttled) as told:
        rates.spend(STRANGER)

    assert 1 <= told.value.seconds <= 3600
    rates.spend("192.0.2.2")


# --- mistakes


@pytest.mark.parametrize(
    "url",
    ["redis://h:port", "redis://h:99999", "redis://h:0", "redis://a..b:1", "redis://[::1",
     "redis://h/?foo=1", "redis://h/?socket_timeout=x", "redis://h?protocol=9",
     "redis://me:geheim/wort@h:6379"],
)  # fmt: skip
def test_a_bad_address_is_a_mistake_that_keeps_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as told:
        create_app(settings_for(tmp_path, limits={"storage": url}))

    assert told.value.mistakes == [
        "limits.storage: is no address of a server; write redis://host:port"
    ]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(Misconfigured, match=r"^limits\.storage: redis needs .* 'redis', which"):
        opened("redis://h")
