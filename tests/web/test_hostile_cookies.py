"""Cookies and fields that are made to cost us time or memory (threat 34)."""

import base64
import time
import zlib

import pytest
from flask import Flask

from idp.accounts import reset
from idp.core import Core
from idp.web.house import NAME
from tests.browser import Browser
from tests.oauth.conftest import make_member
from tests.relying_party import Portal

BOMB = base64.urlsafe_b64encode(zlib.compress(b"[" + b"0," * 2_000_000 + b"0]", 9)).rstrip(b"=")
ISSUER = "http://127.0.0.1:8000"


@pytest.mark.parametrize("cookie", ["idp_mail", "idp_back", "idp_device", "idp_link"])
@pytest.mark.parametrize(
    "value", ["." + BOMB.decode()[:3000] + ".AAAA", "x" * 60_000, ".", "a.b.c"]
)
def test_nothing_of_a_cookie_is_decoded_before_its_signature_holds(
    app: Flask, cookie: str, value: str
) -> None:
    client = app.test_client()
    started = time.thread_time()

    for path in ("/register", "/register/sent", "/business/pin", "/login"):
        response = client.get(path, base_url=ISSUER, headers={"Cookie": f"{cookie}={value}"})
        assert response.status_code < 500

    assert time.thread_time() - started < 2


def test_a_sealed_value_opens_for_its_purpose_alone(app: Flask) -> None:
    with app.app_context():
        house = app.extensions[NAME]
        sealed = house.seal("mail", "erika@example.test")

        assert house.opened("mail", sealed) == "erika@example.test"
        for text in (sealed[:-1], sealed + "A", "", None, "x" + sealed, "x" * 5000, "é"):
            assert house.opened("mail", text) is None
        assert house.opened("next", sealed) is None


def test_a_run_of_marks_is_refused_in_no_time(browser: Browser) -> None:
    marks = "a" + "\u0315" * 2_000 + "\u0316" * 2_000
    page = browser.open("/login")
    started = time.thread_time()

    refused = page.send(username=marks, password=marks)

    assert refused.status == 422
    assert time.thread_time() - started < 0.3


def test_a_form_belongs_to_the_link_it_was_shown_for(core: Core, browser: Browser) -> None:
    links = []
    for name in ("owner@example.test", "thief@example.test"):
        make_member(core, name)
        reset.ask(core, name)
        with core.writing():
            links += [due.payload["facts"]["link"] for due in core.post.lease(5)]
    shown = browser.open(links[0])
    browser.open(links[1])

    refused = shown.send(password="Sonnenblumenkern am Fenster")

    assert refused.error_code == "csrf"
    assert browser.open(links[1]).form("password")


def test_only_what_is_known_of_a_request_is_kept(core: Core, browser: Browser, app: Flask) -> None:
    Portal.register(app).start(browser, **{f"x{n}": "y" * 4000 for n in range(15)})

    rows = core.db.connection().exec_driver_sql("SELECT length(parameters) FROM pending_request")
    assert [row[0] < 3000 for row in rows] == [True]
