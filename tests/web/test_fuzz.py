"""Every public door with hostile input: never a bug, never a redirect to somewhere else."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.web.door import local_path, opened_path, sealed_path
from idp.web.house import NAME as HOUSE
from tests import people
from tests.browser import Browser
from tests.web.doors import paths

NAMES = (
    "email", "username", "password", "current_password", "given_name", "family_name",
    "accept_terms", "accept_privacy", "number", "branch", "postcode", "pin", "code", "lang",
    "return_to", "session", "membership", "renew", "r", "n", "client_id", "answer", "scope",
    "redirect_uri", "response_type", "state", "nonce", "prompt", "max_age", "id_token_hint",
    "post_logout_redirect_uri", "logout_hint", "ui_locales", "grant_type", "refresh_token",
    "code_verifier", "client_secret", "access_token", "csrf_token", "claims", "login_hint",
)  # fmt: skip
EVIL = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil",
    "javascript:alert(1)", "http:evil.example", "/%2f/evil.example", "/%5cevil.example",
    "\x00", "a\x00b", "\u202e", "\ufffd", "\u0000\ud7ff", "' OR 1=1 --", "{{7*7}}", "${7*7}",
    '"><script>alert(1)</script>', "x\r\nSet-Cookie: a=b", "%0d%0aX: y", "../../../etc/passwd",
    "9" * 400, "-1", "1e999", "NaN", "[]", "{}", "null", "true", "x" * 20_000, "🦔" * 3000,
    "ſſ", "İ", "a@b@c", "a@" + "b" * 300 + ".test", "others", "allow", "openid", "code", "none",
)  # fmt: skip
values = st.one_of(st.sampled_from(EVIL), st.text(max_size=40), st.binary(max_size=20).map(quote))
fields = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8)
kinds = st.sampled_from(
    ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "text/plain",
     "multipart/form-data; boundary=x", "", "application/x-www-form-urlencoded; charset=utf-16"]
)  # fmt: skip


@pytest.fixture(scope="module")
def visitors(standing: Flask) -> list[Browser]:
    """A stranger and a member."""
    stranger, owner = Browser(standing), Browser(standing)
    people.member(standing).sign_in(owner)
    return [stranger, owner]


def encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(
        f"{name}={quote(value.encode('utf-8', 'replace'), safe='%')}" for name, value in pairs
    )


def check(browser: Browser, path: str, answer: object) -> None:
    status, headers = answer.status_code, answer.headers  # type: ignore[attr-defined]
    assert status < 500, path
    location = headers.get("Location", "/")
    assert location.startswith(("/", browser.issuer + "/")), location
    assert not re.match(r"/[/\\\s]", location), location
    assert "<script>alert" not in answer.text  # type: ignore[attr-defined]
    assert "X" not in headers
    assert headers.get("Set-Cookie", "") != "a=b"


def guarded(examples: int) -> settings:
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


@guarded(250)
@given(data=st.data(), pairs=fields, who=st.integers(0, 1))
def test_no_question_breaks_a_page(
    standing: Flask, visitors: list[Browser], data: st.DataObject, pairs: list[tuple[str, str]],
    who: int,
) -> None:  # fmt: skip
    browser = visitors[who]
    path = data.draw(st.sampled_from([p for p in paths(standing, "GET") if "/static" not in p]))

    answer = browser.client.get(f"{path}?{encoded(pairs)}", base_url=browser.issuer)

    check(browser, path, answer)


@guarded(400)
@given(data=st.data(), pairs=fields, how=st.tuples(st.integers(0, 1), kinds, st.booleans()))
def test_no_form_breaks_a_page(
    standing: Flask, visitors: list[Browser], data: st.DataObject, pairs: list[tuple[str, str]],
    how: tuple[int, str, bool],
) -> None:  # fmt: skip
    who, kind, honest = how
    browser = visitors[who]
    path = data.draw(st.sampled_from([p for p in paths(standing, "POST") if p not in ("/logout",)]))
    token = browser.open("/help").forms[0].fields["csrf_token"]
    sent = [("csrf_token", token), *(p for p in pairs if p[0] != "csrf_token")] if honest else pairs

    answer = browser.client.post(
        path, data=encoded(sent)[:60_000], content_type=kind, base_url=browser.issuer
    )

    check(browser, path, answer)


@guarded(150)
@given(data=st.data(), body=st.binary(max_size=400), kind=kinds)
def test_no_heap_of_bytes_breaks_a_page(
    standing: Flask, visitors: list[Browser], data: st.DataObject, body: bytes, kind: str
) -> None:
    path = data.draw(st.sampled_from(paths(standing, "POST")))

    answer = visitors[0].client.post(
        path, data=body, content_type=kind, base_url=visitors[0].issuer
    )

    check(visitors[0], path, answer)


HEADERS = ("Cookie", "User-Agent", "Accept-Language", "Authorization", "X-Forwarded-For", "Referer",
           "Origin", "Accept", "If-None-Match", "Range", "Content-Length")  # fmt: skip
KINDS = ("session", "browser", "device", "link", "mail", "back", "lang", "ui")
ODD = ('"\\000"', '"\\377\\376"', "x" * 5000, "=", "WyJ4Il0.x", "ä", '"', "null.x", "eyJ9.", "W10.")
ODD_COOKIES = [f"idp_{kind}={value}" for kind in KINDS for value in ODD]


@pytest.mark.parametrize("cookie", ODD_COOKIES)
def test_no_cookie_breaks_a_page(standing: Flask, cookie: str) -> None:
    browser = Browser(standing)

    for path in paths(standing, "GET"):
        answer = browser.client.get(
            path, base_url=browser.issuer, headers={"Cookie": cookie}, buffered=True
        )
        check(browser, path, answer)
    for path in paths(standing, "POST"):
        answer = browser.client.post(path, base_url=browser.issuer, headers={"Cookie": cookie})
        check(browser, path, answer)


@guarded(150)
@given(
    data=st.data(),
    name=st.sampled_from(HEADERS),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
)
def test_no_header_breaks_a_page(
    standing: Flask, visitors: list[Browser], data: st.DataObject, name: str, value: str
) -> None:
    path = data.draw(st.sampled_from(paths(standing, "GET")))

    answer = visitors[0].client.get(
        path, headers={name: value}, base_url=visitors[0].issuer, buffered=True
    )

    check(visitors[0], path, answer)


@guarded(100)
@given(path=st.text(max_size=60))
def test_no_address_breaks_the_house(standing: Flask, visitors: list[Browser], path: str) -> None:
    raw = path.encode("utf-8", "replace").decode("latin1")

    answer = visitors[0].client.get(
        "/", environ_overrides={"PATH_INFO": f"/{raw}"}, base_url=visitors[0].issuer, buffered=True
    )

    check(visitors[0], raw, answer)


REDIRECTS = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example",
    "https://evil.example", "http:evil.example", "https:/evil.example", "javascript:alert(1)",
    "data:text/html,x", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil",
    " //evil.example", "/\x00/evil", "/ä", "/\u202e", "/\u2028", "evil.example", "@evil.example",
    ".evil.example", "", "?x", "#x", ":80", "/\x7f/evil", "/\x0b/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("value", [*REDIRECTS, None])
def test_what_could_lead_elsewhere_leads_home(value: str | None) -> None:
    """CVE-2021-32618, CVE-2023-49438, CVE-2024-39694."""
    assert local_path(value) == "/"


@pytest.mark.parametrize("value", ["/", "/account", "/login?n=a.b&x=%2F", "/legal/terms?x=1#y"])
def test_a_path_of_ours_is_kept(value: str) -> None:
    assert local_path(value) == value


@given(st.text(max_size=60))
def test_a_local_path_always_stays_here(value: str) -> None:
    path = local_path(value)

    assert path.startswith("/")
    assert not path.startswith("//")
    assert path.isascii()
    assert path.isprintable()
    assert "\\" not in path
    assert path in (value, "/")


@pytest.mark.parametrize("value", REDIRECTS)
def test_the_language_button_leads_nowhere_else(standing: Flask, value: str) -> None:
    browser = Browser(standing)
    token = browser.open("/help").forms[0].fields["csrf_token"]

    answer = browser.client.post(
        "/language", data={"csrf_token": token, "lang": "de", "return_to": value},
        base_url=browser.issuer,
    )  # fmt: skip

    assert answer.headers.get("Location", "/") == "/"


@guarded(100)
@given(value=st.text(max_size=60))
def test_nobody_but_us_can_seal_a_path(standing: Flask, value: str) -> None:
    with standing.test_request_context():
        assert opened_path(value) is None
        assert opened_path(sealed_path("/account")) == "/account"


@guarded(150)
@given(data=st.data(), sign=st.sampled_from("AZaz09-_.="))
def test_a_changed_seal_opens_nothing(standing: Flask, data: st.DataObject, sign: str) -> None:
    with standing.test_request_context():
        sealed = sealed_path("/account/sessions?x=1")
        at = data.draw(st.integers(0, len(sealed) - 2))
        changed = sealed[:at] + sign + sealed[at + 1 :]

        if changed != sealed:
            assert opened_path(changed) is None


def test_a_seal_for_one_purpose_is_none_for_another(standing: Flask) -> None:
    with standing.test_request_context():
        for purpose in ("mail", "back", "device", "csrf"):
            foreign = standing.extensions[HOUSE].seal(purpose, "/account")
            assert opened_path(foreign) is None


@pytest.mark.parametrize("value", [*REDIRECTS, "/account/sessions"])
def test_a_sign_in_leads_to_no_path_that_was_not_sealed(
    browser: Browser, account: people.Member, value: str
) -> None:
    if "\x00" in value:
        assert browser.open(f"/login?n={quote(value)}").status == 400
        return

    page = browser.open(f"/login?n={quote(value)}")

    assert page.send(username=account.email, password=account.password).path == "/account"


def test_no_other_code_redirects_to_what_was_sent(standing: Flask) -> None:
    """All redirects go through `see_other`; what a request sent goes through `local_path`."""
    for file in Path(standing.root_path).rglob("*.py"):
        text = file.read_text()
        assert "redirect(" not in text.replace("_redirect(", ""), file
        assert not re.search(r"see_other\(\s*request\.", text), file
        assert not re.search(r"Location\"\]\s*=\s*request", text), file
