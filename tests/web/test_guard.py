"""What stands before and after every door: host, size, bytes, CSRF, headers, error pages."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests import people
from tests.browser import Browser, Page
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD, Member, Postbox
from tests.web.doors import paths

EVIL = "evil.example"


def post(browser: Browser, path: str, data: dict[str, str], **more: object) -> Page:
    answer = browser.client.post(path, data=data, base_url=browser.issuer, **more)
    return Page(browser, answer, browser.issuer + path)


def token_of(browser: Browser) -> str:
    return browser.open("/help").forms[0].fields["csrf_token"]


# --- forms of other sites


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


def test_signing_out_makes_open_forms_worthless(signed_in: Browser) -> None:
    token = token_of(signed_in)

    signed_in.post("/logout", {"csrf_token": token})

    assert post(signed_in, "/language", {"csrf_token": token}).error_code == "csrf"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_change_nothing(signed_in: Browser, method: str) -> None:
    answer = signed_in.client.open("/account", method=method, base_url=signed_in.issuer)

    assert answer.status_code in (400, 405)


# --- the host


@pytest.mark.parametrize(
    "host",
    [EVIL, f"{EVIL}:8000", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8000.evil.example",
     "127.0.0.1:8000@evil.example", "localhost:8000", "127.0.0.1:08000", "127.0.0.1:8000:8000",
     "127.0.0.1:8000, evil.example", "127.0.0.1:8000/evil", "[::1]:8000", "127.1:8000",
     "127.0.0.1.:8000", "ｅvil", "127.0.0.1:8000#", " 127.0.0.1:8000", "0x7f000001:8000"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/login", "/k/x", "/gibtsnicht", "/oauth/token"])
def test_an_unknown_host_is_refused(standing: Flask, host: str, path: str) -> None:
    answer = standing.test_client().get(path, environ_overrides={"HTTP_HOST": host})

    assert answer.status_code == 400
    assert EVIL not in answer.text
    assert EVIL not in str(answer.headers)


@pytest.mark.parametrize("name", ["HTTP_HOST", "SERVER_NAME"])
def test_the_own_host_is_answered_in_its_own_spelling_alone(standing: Flask, name: str) -> None:
    host = {"HTTP_HOST": "127.0.0.1:8000", "SERVER_NAME": EVIL}
    answer = standing.test_client().get("/", environ_overrides=host)

    assert answer.status_code == 200
    assert EVIL not in answer.text


RELATIVES = (
    "HTTP_X_HOST", "HTTP_X_ORIGINAL_HOST", "HTTP_X_FORWARDED_SERVER", "HTTP_X_HTTP_HOST_OVERRIDE",
    "HTTP_X_REWRITE_URL", "HTTP_X_ORIGINAL_URL", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_SCRIPT_NAME",
)  # fmt: skip
HOSTILE = {
    "x-forwarded-host": {"HTTP_X_FORWARDED_HOST": EVIL},
    "forwarded": {"HTTP_FORWARDED": f"for=1.2.3.4;host={EVIL};proto=https"},
    "proto-and-port": {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_PORT": "4711"},
    "relatives": dict.fromkeys(RELATIVES, EVIL),
    "absolute-uri": {"REQUEST_URI": f"http://{EVIL}/register", "RAW_URI": f"http://{EVIL}/x"},
    "server-name": {"SERVER_NAME": EVIL, "SERVER_PORT": "4711"},
    "origin": {"HTTP_ORIGIN": f"https://{EVIL}", "HTTP_REFERER": f"https://{EVIL}/"},
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_mailed_links_come_from_the_issuer_whatever_the_headers_say(
    app: Flask, account: Member, postbox: Postbox, clock: MovableClock, hostile: str
) -> None:
    """CVE-2023-49097 and three more of the same in one product: links built from headers."""
    browser, issuer = Browser(app), people.core_of(app).settings.issuer
    browser.client.environ_base.update(HOSTILE[hostile])

    people.register(browser)
    browser.open("/register/sent").send()
    people.register(browser, account.email)
    browser.open("/password/forgot").send(email=account.email)
    for email, hours in (("neu@beispiel.test", 25), (account.email, 2)):
        clock.advance(hours=hours)
        browser.open(postbox.link(email)).send(renew="1")

    assert len(postbox.mails) == 6
    for mail in postbox.mails:
        links = re.findall(r"https?://[^\s\"<]+", mail.text + mail.html)
        assert links
        assert all(link.startswith(issuer + "/") for link in links)
        assert EVIL not in mail.text + mail.html + mail.subject


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_page_repeats_a_hostile_header(standing: Flask, hostile: str) -> None:
    client = standing.test_client()
    client.environ_base.update(HOSTILE[hostile])
    host = {"HTTP_HOST": "127.0.0.1:8000"}

    for path in paths(standing, "GET"):
        answer = client.get(path, environ_overrides=host, buffered=True)
        assert EVIL not in answer.text, path
        assert EVIL not in str(answer.headers), path
        assert "4711" not in str(answer.headers), path


# --- size and bytes


def test_a_body_of_more_than_64_kilobytes_is_refused_everywhere(
    app: Flask, signed_in: Browser
) -> None:
    data = {"csrf_token": token_of(signed_in), "username": "x" * 65_600}

    for path in paths(app, "POST"):
        page = post(signed_in, path, data)
        assert page.status == 413, path


def test_the_refusal_of_a_big_body_is_a_page(signed_in: Browser) -> None:
    page = post(signed_in, "/login", {"x": "x" * 1_000_000})

    assert (page.status, page.error_code) == (413, "too_large")


def test_many_small_fields_are_refused_too(signed_in: Browser) -> None:
    body = "&".join(f"a{n}=1" for n in range(9000))
    answer = signed_in.client.post(
        "/login", data=body, base_url=signed_in.issuer,
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip

    assert answer.status_code == 413


def query(browser: Browser, path: str, bad: str) -> int:
    return browser.client.get(f"{path}?r={bad}", base_url=browser.issuer, buffered=True).status_code


def body(browser: Browser, path: str, bad: str, token: str) -> Page:
    answer = browser.client.post(
        path, data=f"csrf_token={token}&lang={bad}", base_url=browser.issuer,
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    return Page(browser, answer, path)


def test_nul_is_refused_in_every_parameter(standing: Flask) -> None:
    browser = Browser(standing)
    token = token_of(browser)

    for path in paths(standing, "GET", machines=False):
        assert query(browser, path, "a%00b") == 400, path
    for path in paths(standing, "POST", machines=False):
        assert body(browser, path, "a%00b", token).error_code == "bad_request", path


@pytest.mark.parametrize("bad", ["%ED%A0%80", "%FF", "%C3%28", "%F8%88%80%80%80", "%EF%BF%BD"])
def test_bytes_that_no_text_has_break_nothing(standing: Flask, bad: str) -> None:
    browser = Browser(standing)
    token = token_of(browser)

    for path in paths(standing, "GET", machines=False):
        assert query(browser, path, bad) < 500, path
    for path in paths(standing, "POST", machines=False):
        assert body(browser, path, bad, token).status < 500, path


@pytest.mark.parametrize("path", ["/k/%00", "/k/a%00b", "/legal/%FF", "/%00", "/%ED%A0%80"])
def test_bytes_that_no_text_has_are_refused_in_a_path(standing: Flask, path: str) -> None:
    browser = Browser(standing)

    answer = browser.client.get(path, base_url=browser.issuer, buffered=True)

    assert answer.status_code in (400, 404)


# --- headers


def check_headers(path: str, answer: object) -> None:
    head = answer.headers  # type: ignore[attr-defined]
    assert head["X-Content-Type-Options"] == "nosniff", path
    assert head["Referrer-Policy"] == "no-referrer", path
    if answer.mimetype == "text/html":  # type: ignore[attr-defined]
        policy = head["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "default-src 'none'" in policy, path
        assert "base-uri 'none'" in policy, path
        assert "form-action 'self'" in policy, path
        assert "script-src 'self';" in policy, path
        assert head["X-Frame-Options"] == "DENY", path
        assert head["Cache-Control"] == "no-store", path
        # An application may wait for the window in which it has opened a sign-in.
        own = not path.startswith("/oauth/") and "r=" not in path
        assert head.get("Cross-Origin-Opener-Policy") == ("same-origin" if own else None), path


INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:|<style", re.I)


@pytest.mark.parametrize("who", ["stranger", "member"])
def test_every_page_has_the_headers_and_nothing_inline(
    app: Flask, account: Member, who: str
) -> None:
    browser = Browser(app)
    if who == "member":
        account.sign_in(browser)

    for path in [*paths(app, "GET"), "/gibtsnicht", "/oauth/authorize?client_id=x", "/login?r=x"]:
        answer = browser.client.get(path, base_url=browser.issuer, buffered=True)
        check_headers(path, answer)
        assert answer.status_code < 500, path
        if answer.mimetype == "text/html":
            assert not INLINE.search(answer.text), path


def test_refusals_have_the_headers_too(app: Flask, browser: Browser) -> None:
    for path in paths(app, "POST"):
        check_headers(path, browser.client.post(path, base_url=browser.issuer))
        check_headers(path, browser.client.put(path, base_url=browser.issuer))


def test_no_page_loads_anything_from_elsewhere(app: Flask, signed_in: Browser) -> None:
    for path in paths(app, "GET"):
        answer = signed_in.client.get(path, base_url=signed_in.issuer, buffered=True)
        if answer.mimetype == "text/html":
            found = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]*)"',
                               answer.text)  # fmt: skip
            assert all(url.startswith(("/static/", "data:,")) for url in found), path


def test_every_page_leads_to_imprint_privacy_and_help(app: Flask, signed_in: Browser) -> None:
    wanted = {"/legal/imprint", "/legal/privacy", "/legal/terms", "/legal/accessibility",
              "/legal/easy", "/help", "/help/contact"}  # fmt: skip

    for path in [*paths(app, "GET", machines=False), "/gibtsnicht"]:
        if path.startswith(("/static", "/.well-known")):
            continue
        page = signed_in.open(path)
        assert wanted <= set(page.links), path
        assert page.title, path


# --- error pages


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


# --- language


def test_the_button_changes_the_language_and_shows_the_same_page_again(browser: Browser) -> None:
    page = browser.open("/legal/terms?x=1")
    form = next(form for form in page.forms if form.action == "/language")

    english = page.send(form=form, lang="en")

    assert (english.path, english.url.endswith("?x=1")) == ("/legal/terms", True)
    assert '<html lang="en">' in english.response.text
    assert '<html lang="en">' in browser.open("/login").response.text


@pytest.mark.parametrize("lang", ["", "fr", "../en", "en\r\nX: y", "de" * 1000])
def test_other_languages_change_nothing(browser: Browser, lang: str) -> None:
    page = browser.open("/help")
    form = next(form for form in page.forms if form.action == "/language")

    assert '<html lang="de">' in page.send(form=form, lang=lang).response.text


@pytest.mark.parametrize(
    ("accepted", "shown"),
    [("en-GB,en;q=0.8", "en"), ("de-AT", "de"), ("fr,en;q=0.5", "en"), ("fr", "de"), ("", "de"),
     ("*", "de"), ("x" * 5000, "de"), ("en;q=kaputt", "de"), ("\x7f;;,,q=", "de")],
)  # fmt: skip
def test_the_browsers_language_counts_until_a_button_is_pressed(
    browser: Browser, accepted: str, shown: str
) -> None:
    page = browser.open("/", headers={"Accept-Language": accepted})

    assert f'<html lang="{shown}">' in page.response.text


# --- rates of an address


@pytest.fixture
def few(tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    clock.freeze()
    limits = {"per_ip": "on", "requests": "5/minute", "proxies": ["10.0.0.0/8"]}
    app = built(settings_for(tmp_path, limits=limits), clock)
    yield app
    dispose(app)


def knock(app: Flask, remote: str, forwarded: str | None = None) -> Page:
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = remote
    if forwarded is not None:
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded
    return post(browser, "/language", {"csrf_token": token_of(browser), "lang": "en"})


def test_an_address_that_asks_too_often_waits(few: Flask, clock: MovableClock) -> None:
    assert [knock(few, "192.0.2.1").status for _ in range(5)] == [303] * 5

    page = knock(few, "192.0.2.1")

    assert (page.status, page.error_code) == (429, "throttled")
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60
    assert knock(few, "192.0.2.2").status == 303
    clock.advance(seconds=int(page.response.headers["Retry-After"]))
    assert knock(few, "192.0.2.1").status == 303


def test_reading_is_not_counted(few: Flask) -> None:
    browser = Browser(few)

    assert {browser.open("/login").status for _ in range(30)} == {200}


@pytest.mark.parametrize(
    ("remote", "forwarded"),
    [
        ("192.0.2.1", [f"198.51.100.{n}" for n in range(9)]),  # nobody listed 192.0.2.1
        ("2001:db8::1", [None] * 9),
        ("10.0.0.1", [f"x{n}" for n in range(9)]),  # garbage counts under the proxy
        ("10.0.0.1", [f"{n}.2.3.4, 198.51.100.7" for n in range(9)]),  # what clients say before
        ("10.0.0.1", [f"2001:db8:0:1::{n}" for n in range(9)]),  # one /64 is one address
        ("10.0.0.1", ["::ffff:198.51.100.7", "198.51.100.7"] * 5),
        ("::ffff:10.0.0.1", [f"{n}.2.3.4, 198.51.100.7" for n in range(9)]),
    ],
)
def test_an_address_cannot_become_another_one(
    few: Flask, remote: str, forwarded: list[str | None]
) -> None:
    statuses = [knock(few, remote, hops).status for hops in forwarded]

    assert statuses[:5] == [303] * 5
    assert set(statuses[5:]) == {429}


def test_behind_a_listed_proxy_each_client_counts_for_itself(few: Flask) -> None:
    statuses = {knock(few, "10.0.0.1", f"198.51.100.{n}, 10.1.1.1").status for n in range(20)}

    assert statuses == {303}
