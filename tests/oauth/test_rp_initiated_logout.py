"""OpenID Connect RP-Initiated Logout 1.0, a test a module of the certification's plan.

The prefix of all modules is `oidcc-rp-initiated-logout`; where one of them allows an error page or
a question, ours is named. None of them may lead back, and the question must not be answered yet.
"""

import base64
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.core import Core
from idp.oauth import registration, rotation
from idp.oauth.registry import State
from tests.browser import Browser, Left, Page
from tests.conftest import MovableClock
from tests.oauth.conftest import make_member
from tests.relying_party import AFTER, Portal

STATE = "s" * 120 + "-._~ab12"


@dataclass
class Scene:
    """A member who is signed in, on both databases."""

    core: Core
    portal: Portal
    browser: Browser
    id_token: str

    def leave(self, method: str = "GET", **parameters: str) -> Page:
        if method == "POST":
            return self.browser.post("/oauth/logout", parameters)
        return self.browser.open("/oauth/logout?" + urlencode(parameters))

    def led_to(self, **parameters: str) -> str:
        """Return where a logout leads that asks nothing."""
        with pytest.raises(Left) as left:
            self.leave(**{"id_token_hint": self.id_token, **parameters})
        return left.value.location

    @property
    def signed_in(self) -> bool:
        answer = self.portal.answer(self.browser, prompt="none").parameters
        return answer.get("error") != "login_required"


@pytest.fixture
def scene(both_app: Flask, both_core: Core) -> Scene:
    portal, browser = Portal.register(both_app), Browser(both_app)
    member = make_member(both_core)
    tokens = portal.tokens(member.sign_in(portal, browser))
    return Scene(both_core, portal, browser, tokens["id_token"])


def cleared(page: Page) -> bool:
    return page.response.headers.get("Clear-Site-Data") == '"cache", "storage"'


def test_oidcc_rp_initiated_logout(scene: Scene) -> None:
    assert scene.led_to(post_logout_redirect_uri=AFTER, state=STATE) == f"{AFTER}?state={STATE}"

    assert not scene.signed_in


def test_oidcc_rp_initiated_logout_no_state(scene: Scene) -> None:
    assert scene.led_to(post_logout_redirect_uri=AFTER) == AFTER

    assert not scene.signed_in


@pytest.mark.parametrize("uri", ["https://portal.example/elsewhere", "https://evil.example/"])
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(scene: Scene, uri: str) -> None:
    page = scene.leave(id_token_hint=scene.id_token, post_logout_redirect_uri=uri, state=STATE)

    assert (page.status, page.error_code) == (400, "redirect_uri_unregistered")
    assert scene.signed_in


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(scene: Scene) -> None:
    uri = f"{AFTER}?foo=bar"
    page = scene.leave(id_token_hint=scene.id_token, post_logout_redirect_uri=uri, state=STATE)

    assert (page.status, page.error_code) == (400, "redirect_uri_unregistered")
    assert scene.signed_in


def unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def test_oidcc_rp_initiated_logout_modified_id_token_hint(scene: Scene) -> None:
    hint = unsigned(scene.id_token)

    page = scene.leave(id_token_hint=hint, post_logout_redirect_uri=AFTER, state=STATE)

    assert (page.status, page.error_code) == (400, "invalid_request")
    assert scene.signed_in


def test_oidcc_rp_initiated_logout_bad_id_token_hint(scene: Scene) -> None:
    """Signed with a key of the client's own, issuer and audience swapped."""
    key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
    claims = dict(scene.portal.verified(scene.id_token).claims)
    claims["iss"], claims["aud"] = claims["aud"], claims["iss"]
    hint = jwt.encode({"alg": "ES256", "kid": "one", "typ": "JWT"}, claims, key, ["ES256"])

    page = scene.leave(id_token_hint=hint, post_logout_redirect_uri=AFTER, state=STATE)

    assert (page.status, page.error_code) == (400, "invalid_request")
    assert scene.signed_in


def test_oidcc_rp_initiated_logout_no_id_token_hint(scene: Scene) -> None:
    page = scene.leave(post_logout_redirect_uri=AFTER, state=STATE)

    assert (page.status, page.error_code) == (400, "redirect_uri_unregistered")
    assert scene.signed_in


@pytest.mark.parametrize("parameters", [{}, {"state": STATE}], ids=["no-params", "only-state"])
def test_oidcc_rp_initiated_logout_no_params_and_only_state(
    scene: Scene, parameters: dict[str, str]
) -> None:
    page = scene.leave(**parameters)
    assert page.ids.keys() >= {"confirm"}
    assert scene.signed_in

    done = page.send(form=next(form for form in page.forms if form.action == "/logout"))

    assert (done.status, done.path) == (200, "/logout")
    assert "Sie sind abgemeldet" in done.text
    assert cleared(done)
    assert not scene.signed_in


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(scene: Scene) -> None:
    page = scene.leave(id_token_hint=scene.id_token, state=STATE)

    assert (page.status, page.path) == (200, "/oauth/logout")
    assert "Sie sind abgemeldet" in page.text
    assert cleared(page)
    assert not scene.signed_in


def test_the_cookies_of_the_neighbours_are_never_cleared(scene: Scene) -> None:
    page = scene.leave(id_token_hint=scene.id_token)

    assert "cookies" not in page.response.headers["Clear-Site-Data"]


def test_a_hint_of_a_retired_key_is_as_good(scene: Scene, clock: MovableClock) -> None:
    rotation.prepare(scene.core)
    clock.advance(minutes=10)
    rotation.rotate(scene.core)
    clock.advance(minutes=10)
    rotation.rotate(scene.core)
    clock.advance(minutes=5)

    assert scene.led_to(post_logout_redirect_uri=AFTER, state="s") == f"{AFTER}?state=s"


@pytest.mark.parametrize(("method", "stays"), [("GET", True), ("POST", False)])
def test_a_post_from_another_site_brings_no_cookie_and_signs_out_all_the_same(
    both_app: Flask, scene: Scene, method: str, stays: bool
) -> None:
    stranger = Browser(both_app)
    values = {"id_token_hint": scene.id_token, "post_logout_redirect_uri": AFTER}

    with pytest.raises(Left) as left:
        Scene(scene.core, scene.portal, stranger, "").leave(method, **values)

    # An old hint in a foreign browser ends nothing by GET.
    assert left.value.location == AFTER
    assert scene.signed_in is stays


def test_a_post_without_a_hint_asks_by_get_and_sets_no_cookie(scene: Scene) -> None:
    answer = scene.browser.client.post(
        "/oauth/logout", data={"client_id": scene.portal.client.id}, base_url=scene.portal.issuer
    )
    stranger = Browser(scene.portal.app)
    posted = stranger.client.post(
        "/oauth/logout", data={"client_id": scene.portal.client.id}, base_url=scene.portal.issuer
    )
    wrong = stranger.client.post(
        "/oauth/logout", data={"id_token_hint": "x"}, base_url=scene.portal.issuer
    )

    assert "confirm" in answer.text
    assert (posted.status_code, wrong.status_code) == (303, 303)
    assert "Set-Cookie" not in str(posted.headers) + str(wrong.headers)
    assert scene.browser.open(posted.headers["Location"]).form("client_id")
    assert scene.browser.open(wrong.headers["Location"]).status == 400
    assert scene.signed_in


def test_a_hint_whose_session_has_ended_says_nothing_of_applications(
    both_app: Flask, scene: Scene
) -> None:
    first = Browser(both_app).post("/oauth/logout", {"id_token_hint": scene.id_token})
    second = Browser(both_app).post("/oauth/logout", {"id_token_hint": scene.id_token})

    assert not scene.signed_in
    assert (first.status, second.status) == (200, 200)
    assert "Portal" not in first.text
    assert "Portal" not in second.text


def test_the_page_says_who_is_told_and_who_is_not(both_app: Flask, scene: Scene) -> None:
    told = Portal.register(
        both_app, name="Kursbuchung", backchannel_logout_uri="https://courses.example/told"
    )
    told.answer(scene.browser)

    page = scene.leave(id_token_hint=scene.id_token)

    by_us, by_hand = page.text.index("melden Sie jetzt ab"), page.text.index("bitte selbst ab")
    assert by_us < page.text.index("Kursbuchung") < by_hand < page.text.index("Portal", by_hand)


def test_the_application_may_choose_the_language(scene: Scene) -> None:
    page = scene.leave(id_token_hint=scene.id_token, ui_locales="en-GB de")

    assert "You are signed out" in page.text


def test_an_unknown_or_disabled_client_leads_nowhere(
    both_app: Flask, scene: Scene, clock: MovableClock
) -> None:
    registration.set_state(scene.core, scene.portal.client.id, State.DISABLED)
    clock.advance(seconds=6)

    page = scene.leave(id_token_hint=scene.id_token, post_logout_redirect_uri=AFTER)
    asked = scene.leave(id_token_hint=scene.id_token)

    assert page.status == 400
    assert "confirm" in asked.ids


def test_a_post_that_ended_nothing_asks_by_get_before_it_leads_back(scene: Scene) -> None:
    values = {"client_id": scene.portal.client.id, "post_logout_redirect_uri": AFTER, "state": "s"}
    posted = Browser(scene.portal.app).client.post(
        "/oauth/logout", data=values, base_url=scene.portal.issuer
    )

    assert posted.status_code == 303
    page = scene.browser.open(posted.headers["Location"])
    assert "confirm" in page.ids
    assert page.form("client_id").fields["state"] == "s"
    assert scene.signed_in
