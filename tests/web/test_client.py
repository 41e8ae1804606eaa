"""The other end of the line."""

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from idp.web import agents, client
from tests.conftest import MovableClock, built, dispose, settings_for


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    limits = {"per_ip": "off", "proxies": ["10.0.0.0/8", "fd00::/8"]}
    app = built(settings_for(tmp_path_factory.mktemp("proxied"), limits=limits), MovableClock())
    yield app
    dispose(app)


def address(app: Flask, remote: str | None, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    environ = {"REMOTE_ADDR": remote} if remote is not None else {"REMOTE_ADDR": ""}
    with app.test_request_context(headers=headers, environ_overrides=environ):
        return client.address()


@pytest.mark.parametrize(
    ("remote", "forwarded", "believed"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.2.3.4", "198.51.100.7"),
        ("10.0.0.1", "10.9.9.9, 10.2.3.4", "10.9.9.9"),
        ("10.0.0.1", "6.6.6.6, unknown", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, unknown, 10.2.3.4", "10.2.3.4"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ",", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:4711", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::1]", "10.0.0.1"),
        ("10.0.0.1", "0198.51.100.7", "10.0.0.1"),
        ("10.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fd00::1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("fe80::1%eth0", None, "fe80::/64"),
        (None, None, "0.0.0.0"),
    ],
)
def test_the_address_is_what_listed_proxies_wrote(
    proxied: Flask, remote: str | None, forwarded: str | None, believed: str
) -> None:
    assert address(proxied, remote, forwarded) == believed


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80))
def test_garbage_in_the_header_fails_closed(proxied: Flask, garbage: str) -> None:
    """CVE-2024-47070: an address that nobody could parse skipped the password."""
    assert address(proxied, "192.0.2.1", garbage) == "192.0.2.1"
    assert address(proxied, "10.0.0.1", f"{garbage}, 198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
         "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
         "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15",
         "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
         "Chrome, Android"),
        ("curl/8.5", "Unbekanntes Gerät"),
        ("", "Unbekanntes Gerät"),
    ],
)  # fmt: skip
def test_a_browser_has_a_name_that_people_know(standing: Flask, agent: str, name: str) -> None:
    with standing.test_request_context():
        assert agents.readable(agent) == name
