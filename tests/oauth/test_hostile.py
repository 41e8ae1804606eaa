"""Every protocol endpoint with hostile input: never a 500, never a redirect to strangers."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.relying_party import AFTER, CALLBACK, Portal

NAMES = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age",
    "login_hint", "code_challenge", "code_challenge_method", "response_mode", "request", "claims",
    "request_uri", "registration", "business_hint", "r", "grant_type", "code", "code_verifier",
    "refresh_token", "client_secret", "access_token", "id_token_hint", "post_logout_redirect_uri",
    "ui_locales", "acr_values", "display", "token", "resource", "answer", "membership",
)  # fmt: skip
NASTY = (
    "", "\x00", '"', "\\", "é", "\u202e", "😀", "\ud7ff", "\uffff", "a b", "%00", "' OR 1=1 --",
    "<script>alert(1)</script>", "\r\nX-Evil: 1", "{}", "[]", "null", "-1", "9" * 30, "x" * 3000,
    "https://evil.example/", "javascript:alert(1)", "none login", "openid\x00", "..", "\x7f",
)  # fmt: skip
PAGES = (
    "/oauth/logout", "/logout", "/login", "/consent", "/business/choose", "/register", "/business",
)  # fmt: skip
values = st.sampled_from(NASTY) | st.text(max_size=40) | st.binary(max_size=20)
pairs = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def encoded(chosen: list[tuple[str, Any]]) -> str:
    return urlencode(
        [(n, v.encode("utf-8", "surrogatepass") if isinstance(v, str) else v) for n, v in chosen]
    )


def harmless(response: TestResponse) -> None:
    assert response.status_code < 500, response.text[:500]
    location = response.headers.get("Location", "")
    assert not location or location.startswith(("/", CALLBACK, AFTER)), location
    assert not location.startswith("//")
    assert "\r" not in location
    assert "<script>alert" not in response.text


def real(portal: Portal) -> dict[str, str]:
    return {
        "response_type": "code", "client_id": portal.client.id, "redirect_uri": CALLBACK,
        "scope": "openid", "code_challenge": "x" * 43, "code_challenge_method": "S256",
    }  # fmt: skip


@given(chosen=pairs, valid=st.booleans())
@example(chosen=[("response_type", 'x"')], valid=True)
@example(chosen=[("redirect_uri", "é")], valid=False)
@FUZZ
def test_the_authorization_endpoint_survives_anything(
    app: Flask, portal: Portal, chosen: list[tuple[str, Any]], valid: bool
) -> None:
    base = list(real(portal).items()) if valid else []
    query = encoded([*base, *chosen])

    harmless(app.test_client().get(f"/oauth/authorize?{query}", base_url=portal.issuer))


@given(chosen=pairs, query=pairs, header=st.none() | values)
@FUZZ
def test_the_token_endpoint_survives_anything(
    app: Flask, portal: Portal, chosen: list[tuple[str, Any]], query: Any, header: Any
) -> None:
    response = app.test_client().post(
        f"/oauth/token?{encoded(query)}",
        data=encoded(chosen),
        content_type="application/x-www-form-urlencoded",
        headers=authorization(header),
        base_url=portal.issuer,
    )

    harmless(response)
    assert response.mimetype == "application/json"
    assert response.status_code in (400, 401)
    assert set(response.json or {}) <= {"error", "error_description"}


def authorization(value: Any) -> dict[str, str]:
    """Return a header that a client library would still send."""
    if value is None:
        return {}
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    clean = "".join(sign for sign in text if sign.isprintable() and ord(sign) < 256)
    return {"Authorization": clean}


@given(chosen=pairs, header=st.none() | values)
@FUZZ
def test_userinfo_survives_anything(
    app: Flask, portal: Portal, chosen: list[tuple[str, Any]], header: Any
) -> None:
    response = app.test_client().post(
        "/oauth/userinfo",
        data=encoded(chosen),
        content_type="application/x-www-form-urlencoded",
        headers=authorization(header),
        base_url=portal.issuer,
    )

    harmless(response)
    assert response.status_code in (400, 401)
    assert "WWW-Authenticate" in response.headers


@given(chosen=pairs, path=st.sampled_from(PAGES))
@FUZZ
def test_pages_of_the_journey_survive_anything(
    app: Flask, portal: Portal, chosen: list[tuple[str, Any]], path: str
) -> None:
    client = app.test_client()

    harmless(client.get(f"{path}?{encoded(chosen)}", base_url=portal.issuer))
    harmless(
        client.post(
            path,
            data=encoded(chosen),
            content_type="application/x-www-form-urlencoded",
            base_url=portal.issuer,
        )
    )


def test_other_content_types_are_refused_in_the_protocols_shape(app: Flask, portal: Portal) -> None:
    for body, kind in (
        ("{}", "application/json"),
        ("<a/>", "text/xml"),
        ("", ""),
        ("--", "multipart/form-data"),
    ):
        response = app.test_client().post(
            "/oauth/token", data=body, content_type=kind, base_url=portal.issuer
        )
        harmless(response)
        assert response.json


def test_a_body_beyond_64_kb_is_refused(app: Flask, portal: Portal) -> None:
    for path in ("/oauth/token", "/oauth/userinfo", "/login"):
        response = app.test_client().post(
            path, data={"code": "x" * 100_000}, base_url=portal.issuer
        )
        assert response.status_code == 413
