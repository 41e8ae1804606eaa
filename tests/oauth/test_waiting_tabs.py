"""Requests that wait in a tab, and what other tabs and other websites do meanwhile."""

import pytest
from flask import Flask

from idp.core import Core
from tests.browser import Browser
from tests.oauth.businesses import end, linked
from tests.oauth.conftest import Member, make_member
from tests.relying_party import Portal


@pytest.fixture
def asking(app: Flask) -> Portal:
    """An application that asks for consent."""
    return Portal.register(app, first_party=False, scopes=("openid", "business"))


def sign_out(browser: Browser) -> None:
    page = browser.open("/logout")
    page.send(form=page.form("csrf_token"))


@pytest.mark.parametrize("prompt", [None, "select_account", "login"])
def test_a_tab_that_waits_goes_on_after_a_sign_out_in_another(
    asking: Portal, member: Member, browser: Browser, prompt: str | None
) -> None:
    member.enter(asking, browser)
    page = asking.start(browser, prompt=prompt)
    sign_out(browser)

    login = page if page.path == "/login" else page.send(form=page.forms[-1])
    assert (login.status, login.path) == (200, "/login")
    page = login.send(username=member.email, password=member.password)

    assert page.path == "/consent"
    assert asking.caught(lambda: page.send(answer="allow"))["code"]


def test_a_business_that_was_chosen_and_ended_is_replaced_by_no_other(
    asking: Portal, core: Core, member: Member, browser: Browser
) -> None:
    first, second = linked(core, member, "1111111"), linked(core, member, "2222222")
    consent = member.enter(asking, browser, scope="openid business").send(membership=first)
    assert consent.path == "/consent"
    end(core, first)

    again = consent.send(answer="allow")

    assert again.path == "/business/choose"
    answer = asking.caught(lambda: again.send(membership=second))
    claims = asking.verified(asking.tokens(answer)["id_token"]).claims
    assert claims["business"]["number"] == "2222222"


def test_who_only_looks_is_given_nothing(portal: Portal, member: Member, browser: Browser) -> None:
    member.sign_in(portal, browser)

    response = browser.client.head(portal.authorization(), base_url=portal.issuer)

    assert response.status_code == 405
    assert "Location" not in response.headers


# --- a POST of another website comes without cookies

POSTS = {
    "too large": ("/oauth/authorize", {"state": "x" * 70_000}, 413),
    "no token": ("/login", {"username": "x"}, 400),
    "nowhere": ("/nirgends", {}, 400),
    "a language": ("/oauth/logout", {"ui_locales": "en"}, 303),
    "a request": ("/oauth/authorize", {"client_id": "x"}, 303),
}


@pytest.mark.parametrize("name", POSTS)
def test_another_website_cannot_take_the_secret_of_this_browser_away(
    app: Flask, browser: Browser, name: str
) -> None:
    path, data, status = POSTS[name]

    response = app.test_client().post(path, data=data, base_url=browser.issuer)

    assert response.status_code == status
    assert response.headers.getlist("Set-Cookie") == []


def test_an_address_with_two_slashes_is_no_address(app: Flask, core: Core) -> None:
    response = app.test_client().get("/account//sessions", base_url=core.settings.issuer)

    assert response.status_code == 404


def test_a_long_request_by_post_is_refused_where_it_came_in(app: Flask, browser: Browser) -> None:
    for path in ("/oauth/authorize", "/oauth/logout"):
        data = {"client_id": "x", "state": "y" * 5000, "id_token_hint": "z"}
        response = app.test_client().post(path, data=data, base_url=browser.issuer)

        assert response.status_code == 400
        assert "Location" not in response.headers


def test_of_a_person_in_another_browser_no_session_is_ended_by_an_old_hint(
    app: Flask, core: Core, portal: Portal, member: Member, browser: Browser
) -> None:
    hint = portal.tokens(member.sign_in(portal, browser))["id_token"]
    other = Browser(app)
    make_member(core, "otto@example.test").sign_in(portal, other)
    sign_out(other)
    other.client.set_cookie("idp_session", "gibtsnicht", domain="127.0.0.1")

    other.open(f"/oauth/logout?id_token_hint={hint}")

    assert portal.answer(browser, prompt="none")["code"]
