"""What strangers send: names, values, bodies and headers; and how every endpoint must answer."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.browser import Browser, Page
from tests.conformance import checks
from tests.relying_party import AFTER, CALLBACK, Portal, challenge_of

NAMES = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age",
    "login_hint", "code_challenge", "code_challenge_method", "response_mode", "request", "claims",
    "request_uri", "registration", "business_hint", "r", "grant_type", "code", "code_verifier",
    "refresh_token", "client_secret", "access_token", "id_token_hint", "post_logout_redirect_uri",
    "ui_locales", "acr_values", "display", "token", "resource", "answer", "membership",
    "client_assertion", "client_assertion_type", "token_type_hint", "logout_hint", "account",
    "claims_locales", "client", "n", "other", "lang", "return_to", "session", "csrf_token",
)  # fmt: skip
NASTY = (
    "", "\x00", '"', "\\", "é", "\u202e", "😀", "\ud7ff", "\uffff", "a b", "%00", "' OR 1=1 --",
    "<script>alert(1)</script>", "\r\nX-Evil: 1", "{}", "[]", "null", "-1", "9" * 30, "x" * 3000,
    "https://evil.example/", "javascript:alert(1)", "none login", "openid\x00", "..", "\x7f",
    "[" * 5000, '{"a":' * 3000, "1e999", "NaN", "true", "x" * 20_000, "openid " * 600, "\udcff",
    "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "....", "a.b.c.d.e", "+", "&", "=", "%", "\u2028",
)  # fmt: skip
TYPES = (
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16",
    "application/json", "text/xml", "text/plain", "", "nonsense", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "a/b; c=d; c=\xff",
)  # fmt: skip
VERBS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW")
ENDPOINTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")

Pairs = list[tuple[str, Any]]

numbers = st.integers() | st.floats()
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20) | st.sampled_from(NASTY),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=12,
)
CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", *NAMES, "userinfo", "id_token")
objects = st.dictionaries(st.sampled_from(CLAIMS), json_values, max_size=8)
HEADS = ("alg", "typ", "kid", "crit", "jwk", "jku", "x5u", "x5c", "b64", "enc", "zip")
ALGORITHMS = ("none", "ES256", "RS256", "HS256", "EdDSA", "dir", "", "nOnE")
heads = st.fixed_dictionaries({"alg": st.sampled_from(ALGORITHMS) | json_values}) | (
    st.dictionaries(st.sampled_from(HEADS), json_values, max_size=5)
)


def part(value: Any) -> str:
    """Return a part of a JWT."""
    raw = json.dumps(value).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


jwts = st.tuples(
    heads, objects | json_values, st.sampled_from(["", "AAAA", "é", "=", "x" * 86])
).map(lambda made: f"{part(made[0])}.{part(made[1])}.{made[2]}")
values = (
    st.sampled_from(NASTY)
    | st.text(max_size=40)
    | st.binary(max_size=20)
    | jwts
    | json_values.map(json.dumps)
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8)


def encoded(chosen: Pairs) -> str:
    return urlencode(
        [(n, v.encode("utf-8", "surrogatepass") if isinstance(v, str) else v) for n, v in chosen]
    )


def header(value: Any) -> dict[str, str]:
    """Return an Authorization header that a client library would still send."""
    if value is None:
        return {}
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return {"Authorization": "".join(s for s in text if s.isprintable() and ord(s) < 256)}


schemes = st.sampled_from(
    ["Basic", "basic", "Bearer", "bearer", "DPoP", "Negotiate", "", "Basic Basic"]
)
basics = st.binary(max_size=30).map(lambda raw: base64.b64encode(raw).decode())
authorizations = (
    st.none()
    | values
    | st.tuples(schemes, values | basics).map(
        lambda made: (
            f"{made[0]} {made[1].decode('latin-1') if isinstance(made[1], bytes) else made[1]}"
        )
    )
)


Case = Callable[..., None]
Attack = Callable[..., Callable[[Case], None]]


def real(portal: Portal) -> Pairs:
    """Return the parameters of a good authorization request."""
    return [
        ("response_type", "code"), ("client_id", portal.client.id), ("redirect_uri", CALLBACK),
        ("scope", "openid"), ("code_challenge", challenge_of("v" * 43)),
        ("code_challenge_method", "S256"),
    ]  # fmt: skip


# --- how it must be answered

# A path of ours; or one of the two registered addresses, with nothing but an answer added.
AT_HOME = re.compile(
    rf"/(?![/\\]).*|/|{re.escape(CALLBACK)}[?#][^#?]*|{re.escape(AFTER)}(\?state=[^#?]*)?"
)


def harmless(response: TestResponse) -> None:
    """Nothing breaks, nobody is sent to strangers, nothing of the request becomes markup."""
    assert response.status_code < 500, response.text[:500]
    location = response.headers.get("Location", "")
    assert not location or AT_HOME.fullmatch(location), location
    assert response.status_code not in (301, 302, 307, 308)
    assert "\r" not in str(response.headers).replace("\r\n", "")
    assert "X-Evil" not in response.headers
    assert "<script>alert" not in response.text


def shaped_as_page(response: TestResponse) -> None:
    """A page of ours; one that refuses says why, in a code or beside a field."""
    harmless(response)
    assert response.mimetype == "text/html"
    if response.status_code >= 400:
        assert 'id="error-code"' in response.text or "error" in response.text
        assert response.headers["Cache-Control"] == "no-store"


def shaped_as_authorization(response: TestResponse, issuer: str) -> None:
    """RFC 6749 §4.1.2.1: our page, or an answer at a registered address."""
    harmless(response)
    location = response.headers.get("Location", "")
    if location.startswith(CALLBACK):
        check_answer(answer_at(location), issuer)
    elif response.status_code == 200 and CALLBACK in response.text:
        (form,) = [form for form in read(response).forms if form.action == CALLBACK]
        check_answer(form.fields, issuer)
    elif not location:
        assert response.status_code in (400, 405, 413, 414), response.text[:300]
        assert 'id="error-code"' in response.text


def read(response: TestResponse) -> Page:
    """Return a page as a browser reads it."""
    return Page(cast(Browser, None), response, "")


def answer_at(location: str) -> dict[str, str]:
    added = location[len(CALLBACK) + 1 :]
    return dict(parse_qsl(added, strict_parsing=True, keep_blank_values=True))


def check_answer(parameters: dict[str, str], issuer: str) -> None:
    """The state is compared elsewhere (`test_redirect_uri`)."""
    if "code" in parameters:
        checks.check_answer(parameters, parameters, issuer)
    else:
        checks.check_error(parameters, parameters, issuer)


def shaped_as_endpoint(response: TestResponse) -> None:
    """RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 7662 §2.3: JSON that nobody stores."""
    harmless(response)
    assert "no-store" in response.headers["Cache-Control"]
    if response.status_code < 400:
        return
    said = response.json
    assert said
    assert {"error"} <= set(said) <= {"error", "error_description"}
    assert all(checks.PLAIN.fullmatch(text) for text in said.values())
    assert (response.status_code == 401) == (said["error"] == "invalid_client")
    assert response.status_code in (400, 401, 405, 413)
    if response.status_code == 401:
        assert response.headers["WWW-Authenticate"].startswith("Basic ")


def shaped_as_resource(response: TestResponse) -> None:
    """RFC 6750 §3: a refusal is a challenge."""
    harmless(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.status_code in (400, 401, 403, 405, 413)
    if response.status_code in (400, 401, 403):
        assert response.headers["WWW-Authenticate"].startswith("Bearer realm=")
