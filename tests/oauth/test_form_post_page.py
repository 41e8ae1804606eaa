"""The page that sends an answer on by POST (Form Post Response Mode): small, safe, for everyone."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.browser import Browser, Page
from tests.oauth.conftest import Member
from tests.relying_party import CALLBACK, Portal

SCRIPT = Path(__file__).parents[2] / "idp" / "static" / "form_post.js"


@pytest.fixture
def page(portal: Portal, member: Member, browser: Browser) -> Page:
    return portal.start(browser, response_mode="form_post").send(
        username=member.email, password=member.password
    )


def test_it_has_one_form_which_leads_to_the_application(page: Page) -> None:
    (form,) = page.forms

    assert (form.method, form.action) == ("post", CALLBACK)
    assert set(form.fields) == {"code", "state", "iss"}
    assert "csrf_token" not in page.response.text


def test_without_script_a_button_does_it(page: Page) -> None:
    assert "send" in page.ids
    assert "Weiter" in page.text
    assert "<button" in page.response.text


def test_its_script_is_a_file_and_nothing_stands_inline(page: Page) -> None:
    sources = re.findall(r"<script([^>]*)>(.*?)</script>", page.response.text, re.S)

    assert any("/static/form_post.js?v=" in at for at, _ in sources)
    assert all("src=" in at and "defer" in at and body == "" for at, body in sources)
    assert not re.search(r"\son\w+=", page.response.text)
    assert "script-src 'self';" in page.response.headers["Content-Security-Policy"]


def test_the_script_is_there_and_old_browsers_understand_it(browser: Browser) -> None:
    answer = browser.client.get("/static/form_post.js", base_url=browser.issuer, buffered=True)

    assert answer.status_code == 200
    assert "submit()" in SCRIPT.read_text()
    assert not re.search(r"=>|\b(const|let)\b|`|\?\.", SCRIPT.read_text())


def test_it_is_never_kept_and_sets_no_cookie_of_forms(app: Flask, portal: Portal) -> None:
    """A POST from another site brings no cookie; one set now would void the person's open forms."""
    values = {
        "client_id": portal.client.id, "redirect_uri": CALLBACK, "response_type": "code",
        "scope": "profile", "state": "s", "response_mode": "form_post",
    }  # fmt: skip

    answer = app.test_client().post("/oauth/authorize", data=values, base_url=portal.issuer)

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "Set-Cookie" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Einen Moment bitte"), ("en", "One moment please")]
)
def test_it_speaks_both_languages(
    portal: Portal, browser: Browser, language: str, title: str
) -> None:
    shown = browser.open(
        portal.authorization(response_mode="form_post", prompt="none"),
        headers={"Accept-Language": language},
    )

    assert shown.title.startswith(title)
    assert f'lang="{language}"' in shown.response.text


def test_values_of_strangers_are_escaped(portal: Portal, browser: Browser) -> None:
    state = "\"'><img src=x onerror=alert(1)></form><form action=//evil.example>"

    page = portal.start(browser, response_mode="form_post", prompt="none", state=state)

    assert page.forms[0].fields["state"] == state
    assert len(page.forms) == 1
    assert "<img" not in page.response.text
