"""Forms of other sites: nothing happens without our token (CSRF)."""

import pytest
from flask import Flask

from tests import people
from tests.browser import Browser
from tests.counting import counting
from tests.people import PASSWORD, Member
from tests.web.doors import paths, post, token_of


def test_every_form_needs_its_token(app: Flask, signed_in: Browser) -> None:
    token_of(signed_in)
    stranger = token_of(Browser(app))
    own = token_of(signed_in)
    wrong = ("", "x", stranger, own[:-1], own[1:], own + "x", own.swapcase(), "ü", "=" * 1000)

    for path in paths(app, "POST", machines=False):
        assert post(signed_in, path, {}).error_code == "csrf", path
        for token in wrong:
            page = post(signed_in, path, {"csrf_token": token})
            assert (page.status, page.error_code) == (400, "csrf"), (path, token)


def test_only_these_doors_are_for_programs(app: Flask) -> None:
    machines = set(paths(app, "POST", machines=True)) | set(paths(app, "GET", machines=True))

    assert machines == {
        "/healthz", "/readyz", "/oauth/authorize", "/oauth/token", "/oauth/userinfo",
        "/oauth/revoke", "/oauth/introspect", "/oauth/logout",
    }  # fmt: skip


def test_a_token_in_the_address_or_a_header_counts_for_nothing(signed_in: Browser) -> None:
    token = token_of(signed_in)

    page = post(signed_in, f"/language?csrf_token={token}", {"lang": "en"},
                headers={"X-CSRF-Token": token})  # fmt: skip

    assert page.error_code == "csrf"


def test_nobody_can_be_signed_in_to_a_strangers_account(app: Flask, account: Member) -> None:
    """Login CSRF: the attacker's own token and password, sent by the victim's browser."""
    attacker, victim = Browser(app), Browser(app)
    token = token_of(attacker)
    data = {"csrf_token": token, "username": account.email, "password": PASSWORD}

    assert post(victim, "/login", data).error_code == "csrf"
    token_of(victim)
    assert post(victim, "/login", data).error_code == "csrf"

    assert victim.open("/account").path == "/login"


def test_a_token_of_a_browser_is_good_for_all_its_tabs(browser: Browser) -> None:
    first, second = token_of(browser), token_of(browser)

    assert first == second
    assert post(browser, "/language", {"csrf_token": first, "lang": "en"}).status == 303


def test_after_a_sign_out_an_open_form_leads_to_the_sign_in(signed_in: Browser) -> None:
    form = signed_in.open("/account/sessions").forms[-1]
    signed_in.post("/logout", {"csrf_token": token_of(signed_in)})

    page = signed_in.post("/account/sessions", form.fields)

    assert page.path == "/login"


PAGES = (
    "/account/sessions",
    "/account/apps",
    "/business/link",
    "/business/pin",
    "/password/change",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_form_that_was_shown_to_somebody_else_is_shown_anew(
    app: Flask, signed_in: Browser, path: str
) -> None:
    form, otto = signed_in.open(path).forms[0], people.member(app, "otto@beispiel.test")
    signed_in.open("/login?other=1").send(username=otto.email, password=otto.password)

    with counting(app) as counted:
        page = signed_in.post(path, {**form.fields, "number": "1234567", "session": "others"})

    assert (page.status, page.path, page.error_code) == (200, path, None)
    assert counted.commits == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_change_nothing(signed_in: Browser, method: str) -> None:
    answer = signed_in.client.open("/account", method=method, base_url=signed_in.issuer)

    assert answer.status_code in (400, 405)
