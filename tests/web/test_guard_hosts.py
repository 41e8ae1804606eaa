"""The host: only our own is answered, and no header of a request gets into links and pages."""

import re

import pytest
from flask import Flask

from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.people import Member, Postbox
from tests.web.doors import EVIL, paths


@pytest.mark.parametrize(
    "host",
    [EVIL, f"{EVIL}:8000", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8000.evil.example",
     "127.0.0.1:8000@evil.example", "localhost:8000", "127.0.0.1:08000", "127.0.0.1:8000:8000",
     "127.0.0.1:8000, evil.example", "127.0.0.1:8000/evil", "[::1]:8000", "127.1:8000",
     "127.0.0.1.:8000", "ｅvil", "127.0.0.1:8000#", " 127.0.0.1:8000", "0x7f000001:8000"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/login", "/k/x", "/gibtsnicht", "/oauth/token"])
def test_an_unknown_host_is_refused(standing: Flask, host: str, path: str) -> None:
    answer = standing.test_client().get(path, environ_overrides={"HTTP_HOST": host})

    assert answer.status_code == 400
    assert EVIL not in answer.text
    assert EVIL not in str(answer.headers)


def test_the_own_host_is_answered_whatever_the_server_is_called(standing: Flask) -> None:
    host = {"HTTP_HOST": "127.0.0.1:8000", "SERVER_NAME": EVIL}
    answer = standing.test_client().get("/", environ_overrides=host)

    assert answer.status_code == 200
    assert EVIL not in answer.text


RELATIVES = (
    "HTTP_X_HOST", "HTTP_X_ORIGINAL_HOST", "HTTP_X_FORWARDED_SERVER", "HTTP_X_HTTP_HOST_OVERRIDE",
    "HTTP_X_REWRITE_URL", "HTTP_X_ORIGINAL_URL", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_SCRIPT_NAME",
)  # fmt: skip
HOSTILE = {
    "x-forwarded-host": {"HTTP_X_FORWARDED_HOST": EVIL},
    "forwarded": {"HTTP_FORWARDED": f"for=1.2.3.4;host={EVIL};proto=https"},
    "proto-and-port": {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_PORT": "4711"},
    "relatives": dict.fromkeys(RELATIVES, EVIL),
    "absolute-uri": {"REQUEST_URI": f"http://{EVIL}/register", "RAW_URI": f"http://{EVIL}/x"},
    "server-name": {"SERVER_NAME": EVIL, "SERVER_PORT": "4711"},
    "origin": {"HTTP_ORIGIN": f"https://{EVIL}", "HTTP_REFERER": f"https://{EVIL}/"},
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_mailed_links_come_from_the_issuer_whatever_the_headers_say(
    app: Flask, account: Member, postbox: Postbox, clock: MovableClock, hostile: str
) -> None:
    """CVE-2023-49097 and three more of the same in one product: links built from headers."""
    browser, issuer = Browser(app), people.core_of(app).settings.issuer
    browser.client.environ_base.update(HOSTILE[hostile])

    people.register(browser)
    browser.open("/register/sent").send()
    people.register(browser, account.email)
    browser.open("/password/forgot").send(email=account.email)
    for email, hours in (("neu@beispiel.test", 25), (account.email, 2)):
        clock.advance(hours=hours)
        browser.open(postbox.link(email)).send(renew="1")

    assert len(postbox.mails) == 6
    for mail in postbox.mails:
        links = re.findall(r"https?://[^\s\"<]+", mail.text + mail.html)
        assert links
        assert all(link.startswith(issuer + "/") for link in links)
        assert EVIL not in mail.text + mail.html + mail.subject


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_page_repeats_a_hostile_header(standing: Flask, hostile: str) -> None:
    client = standing.test_client()
    client.environ_base.update(HOSTILE[hostile])
    host = {"HTTP_HOST": "127.0.0.1:8000"}

    for path in paths(standing, "GET"):
        answer = client.get(path, environ_overrides=host, buffered=True)
        assert EVIL not in answer.text, path
        assert EVIL not in str(answer.headers), path
        assert "4711" not in str(answer.headers), path
