"""How an application lets people go: here first, then at the provider."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from clients.jobs.app import create_app

from .conftest import Browser
from .stub_provider import StubProvider
from .test_oidc import signed_in


def test_signing_out_ends_the_stay_here_and_at_the_provider(
    any_app: Browser, provider: StubProvider
) -> None:
    any_app.sign_in()

    assert "Möchten Sie sich abmelden?" in any_app.get("/logout").text
    leaving = any_app.post("/logout")

    asked = {name: value[0] for name, value in parse_qs(urlsplit(leaving.location).query).items()}
    assert leaving.location.startswith(f"{provider.issuer}/oauth/logout?")
    assert asked["id_token_hint"].count(".") == 2
    assert asked["post_logout_redirect_uri"] == f"{any_app.config.url}/"
    assert asked["client_id"] == any_app.config.client_id
    assert not signed_in(any_app)
    assert any_app.get(f"/?state={asked['state']}").location == "/"
    assert "Sie sind abgemeldet" in any_app.get("/").text


def test_a_made_up_sign_out_answer_says_nothing(jobs: Browser) -> None:
    jobs.sign_in()

    assert jobs.get("/?state=made-up").location == "/"
    assert "Sie sind abgemeldet" not in jobs.get("/").text
    assert signed_in(jobs)


def test_signing_out_without_the_provider_still_ends_the_stay_here(jobs: Browser) -> None:
    jobs.sign_in()
    cookie = jobs.client.get_cookie("jobs_session", domain="127.0.0.1")
    assert cookie
    later = replace(jobs.config, issuer="http://127.0.0.1:1")
    alone = Browser(create_app(later).test_client(), later)
    alone.client.set_cookie("jobs_session", cookie.value, domain="127.0.0.1")
    assert signed_in(alone)

    left = alone.post("/logout")

    assert (left.status, "Nur hier abgemeldet" in left.text) == (503, True)
    assert not signed_in(alone)
    assert alone.get("/login").status == 503
