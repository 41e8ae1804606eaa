"""Cookies of a sign-in: their names, their flags, their end."""

import pytest
from flask import Flask

from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.pages.entering import attempt
from tests.people import PASSWORD, Member


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
