"""Error pages: a code for people, a reference for the log, and nothing else."""

import logging

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests import people
from tests.browser import Browser
from tests.people import PASSWORD
from tests.web.doors import check_headers, post, token_of


def test_what_is_not_there_says_so_with_a_code(browser: Browser) -> None:
    for path in ("/gibtsnicht", "/legal/gibtsnicht", "/static/gibtsnicht.css", "/login/"):
        page = browser.open(path)
        assert (page.status, page.error_code) == (404, "not_found"), path
        assert "/help/contact" in page.links


def test_a_wrong_method_says_so(browser: Browser) -> None:
    page = browser.post("/account", {"csrf_token": token_of(browser)})

    assert (page.status, page.error_code) == (405, "method_not_allowed")


def test_an_address_with_two_slashes_stays_in_the_house(browser: Browser) -> None:
    for path in ("//evil.example/", "//evil.example//account", "/account//sessions", "///"):
        answer = browser.client.get(
            "/", environ_overrides={"PATH_INFO": path}, base_url=browser.issuer
        )
        location = answer.headers.get("Location", browser.issuer + "/")
        assert location.startswith((browser.issuer + "/", "/login?n=")), path


def breaking(app: Flask) -> None:
    with people.inside(app):
        core = people.core_of(app)
        core.db.execute(text("ALTER TABLE session RENAME TO session_gone"))
        core.db.commit()


@pytest.mark.parametrize("signed", [True, False])
def test_a_bug_shows_a_reference_that_the_log_knows_and_nothing_else(
    both_app: Flask, caplog: pytest.LogCaptureFixture, signed: bool
) -> None:
    member, browser = people.member(both_app), Browser(both_app)
    token = token_of(browser)
    if signed:
        member.sign_in(browser)
    breaking(both_app)
    data = {"csrf_token": token, "username": member.email, "password": PASSWORD}

    with caplog.at_level(logging.ERROR):
        page = post(browser, "/login", data)

    assert (page.status, page.error_code) == (500, "internal")
    reference = page.ids["error-reference"]
    assert reference in page.text
    assert any(reference in record.getMessage() for record in caplog.records)
    assert "session_gone" not in page.response.text
    assert "Traceback" not in page.response.text
    for secret in (PASSWORD, member.email):
        assert secret not in caplog.text
    check_headers("/login", page.response)


def test_readiness_tells_about_the_database_and_health_does_not_ask_it(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser.open("/readyz").response.text == "ok\n"

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    with browser.client.application.app_context():
        engine = browser.client.application.extensions["sqlalchemy"].engine
        monkeypatch.setattr(engine.dialect, "do_execute", away)

    assert browser.open("/readyz").status == 503
    assert browser.open("/healthz").status == 200
