"""Threat 19: whatever comes with a request, or is stored, is text on every page; never markup.

CVE-2025-67495, CVE-2026-29191, CVE-2026-42849: parameters of logout, form_post and error pages.
"""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.core import Core
from idp.oauth import resources
from tests.browser import Browser, Left, Page
from tests.oauth.businesses import linked
from tests.oauth.conftest import Member, make_member
from tests.oauth.hostile import NAMES
from tests.relying_party import AFTER, CALLBACK, Portal

MARKUP = "\"'></script></title></textarea><xss onfocus=alert(1)>{{1234*5678}}${1234*5678}"
SCRIPT = "javascript:alert(1)//"
PAYLOAD = SCRIPT + MARKUP
COMPUTED = "7006652"
OURS = (
    "/oauth/authorize", "/oauth/logout", "/logout", "/login", "/login/account", "/consent",
    "/business/choose", "/business/link", "/register", "/account/apps", "/terms",
)  # fmt: skip
LINKS = ("href", "src", "action", "formaction", "data", "poster", "xlink:href")
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SCOPES = ("openid", "profile", "email", "business", "offline_access")


class Markup(HTMLParser):
    """Looks at every element and attribute of a page."""

    def __init__(self, targets: tuple[str, ...]) -> None:
        super().__init__()
        self.targets, self.links, self._script = targets, set[str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("xss", "iframe", "object", "embed", "base"), tag
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            assert name not in ("srcdoc", "style"), (tag, name)
            if name in LINKS:
                self.handle_link(tag, value or "")
        self._script = tag == "script"
        assert not self._script or dict(attrs).get("src", "").startswith("/static/")

    def handle_link(self, tag: str, address: str) -> None:
        scheme = urlsplit(address.strip()).scheme
        assert scheme in ("", "http", "https", "mailto", "tel", "data"), address
        assert scheme != "data" or tag == "link", address
        assert not address.startswith("//"), address
        if scheme in ("http", "https") and tag == "form":
            assert address in self.targets, address
        if tag == "a":
            self.links.add(address)

    def handle_data(self, data: str) -> None:
        assert not (self._script and data.strip()), data


def checked(response: TestResponse) -> set[str]:
    """Check what a browser would make of an answer; returns its links."""
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if response.mimetype != "text/html":
        assert response.mimetype in ("application/json", "text/plain", "") or not response.data
        return set()
    rules = [rule.split() for rule in response.headers["Content-Security-Policy"].split(";")]
    policy = {name: values for name, *values in rules}
    assert policy.items() >= POLICY.items()
    assert {"'self'", "https://portal.example"} >= set(policy["form-action"])
    assert COMPUTED not in response.text
    reader = Markup((CALLBACK, AFTER))
    reader.feed(response.text)
    reader.close()
    return reader.links


def look(step: Page | None) -> bool:
    """Check a page; returns whether it repeats the payload, as text."""
    if step is None:
        return False
    checked(step.response)
    return "onfocus=alert(1)" in step.response.text


def shown(step: Callable[[], Page]) -> Page | None:
    """Take a step and follow its redirects; None when they lead to the application."""
    try:
        return step()
    except Left as left:
        gone = left.location
    assert gone.startswith((CALLBACK, AFTER))
    return None


def opened(browser: Browser, path: str, query: dict[str, str]) -> Page | None:
    return shown(lambda: browser.open(f"{path}?{urlencode(query)}" if query else path))


def sent(browser: Browser, path: str, form: dict[str, str]) -> Page | None:
    return shown(lambda: browser.post(path, form))


@pytest.fixture
def portal(app: Flask, core: Core) -> Portal:
    """An application whose every word is markup."""
    resources.add(core, "https://api.example/x", MARKUP)
    return Portal.register(
        app, name=MARKUP, purpose=MARKUP, scopes=SCOPES, first_party=False,
        resources=("https://api.example/x",), home_uri="https://portal.example/home",
    )  # fmt: skip


@pytest.fixture
def member(core: Core) -> Member:
    """A person whose names, and whose businesses, are markup."""
    member = make_member(core)
    linked(core, member, MARKUP)
    linked(core, member, "1234567")
    return member


@pytest.fixture(params=["a stranger", "a member"])
def browser(request: pytest.FixtureRequest, app: Flask, portal: Portal, member: Member) -> Browser:
    """A browser that calls itself by markup, too."""
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = MARKUP
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = MARKUP
    browser.client.environ_base["HTTP_REFERER"] = SCRIPT
    if request.param == "a member":
        browser.open("/login").send(username=member.email, password=member.password)
    return browser


def asked(portal: Portal) -> dict[str, str]:
    """Return the parameters of a good request."""
    return {
        "response_type": "code", "client_id": portal.client.id, "redirect_uri": CALLBACK,
        "scope": "openid", "code_challenge": portal.challenge, "code_challenge_method": "S256",
    }  # fmt: skip


def requests(portal: Portal, browser: Browser, path: str) -> Iterator[dict[str, str]]:
    """Yield requests for a page in which one parameter after the other is markup."""
    if path == "/oauth/authorize":
        good = asked(portal)
    elif path in ("/oauth/logout", "/logout"):
        good = {"client_id": portal.client.id, "post_logout_redirect_uri": AFTER}
    else:
        page = opened(browser, "/oauth/authorize", {**asked(portal), "prompt": "login"})
        good = {"r": page.url.partition("?r=")[2]} if page else {}
    for name in NAMES:
        yield {**good, name: PAYLOAD}
    yield {**good, **{name: PAYLOAD for name in NAMES if name not in good}}


@pytest.mark.parametrize("path", OURS)
def test_threat_19_no_parameter_becomes_markup(portal: Portal, browser: Browser, path: str) -> None:
    for query in requests(portal, browser, path):
        page = opened(browser, path, query)
        look(page)
        if page and page.status < 400 and path != "/logout":
            fields = next((f.fields for f in page.forms if "csrf_token" in f.fields), {})
            look(sent(browser, path, {**query, "csrf_token": fields.get("csrf_token", "")}))


def test_threat_19_what_is_repeated_is_repeated_as_text(
    portal: Portal, member: Member, app: Flask
) -> None:
    """Each of these pages shows what it was sent, so the crawl above looks at something."""
    browser, more = Browser(app), {"state": MARKUP, "response_mode": "form_post"}

    assert look(opened(browser, "/oauth/authorize", {**asked(portal), "login_hint": MARKUP}))
    assert look(opened(browser, "/oauth/authorize", {**asked(portal), **more, "prompt": "none"}))
    page = portal.start(browser, resource="https://api.example/x", **more)
    asking = page.send(username=member.email, password=member.password)
    assert look(asking)
    for form in asking.forms:
        assert MARKUP not in form.fields.values()
    leaving = {"client_id": portal.client.id, "state": MARKUP, "post_logout_redirect_uri": AFTER}
    confirm = opened(browser, "/oauth/logout", leaving)
    assert look(confirm)
    assert confirm
    assert MARKUP in confirm.form("client_id").fields.values()


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_threat_19_no_answer_leads_to_a_script(portal: Portal, app: Flask, mode: str) -> None:
    """Neither `redirect_uri` nor `state` can become an address of another scheme."""
    browser = Browser(app)
    for uri in (SCRIPT, f"{SCRIPT}{CALLBACK}", f"{CALLBACK}{MARKUP}", "data:text/html,x"):
        more = {"redirect_uri": uri, "response_mode": mode, "state": SCRIPT}
        page = opened(browser, "/oauth/authorize", {**asked(portal), **more})
        assert page
        assert page.status == 400
        assert not look(page)
        for leaving in ("/oauth/logout", "/logout"):
            page = opened(browser, leaving, {"post_logout_redirect_uri": uri, "state": MARKUP})
            assert page
            assert page.status == 400
            assert not look(page)


@pytest.mark.parametrize("start", ["/oauth/", "/k/", "/legal/", "/static/", "/account/", "/"])
def test_threat_19_no_address_becomes_markup(browser: Browser, start: str) -> None:
    for path in (quote(PAYLOAD, safe=""), quote(PAYLOAD), quote(MARKUP, safe="")):
        look(browser.open(f"{start}{path}"))
        look(browser.open(f"{start}?{path}"))


def test_threat_19_nothing_stored_becomes_markup(
    portal: Portal, member: Member, app: Flask
) -> None:
    """Every page that a member can reach by links, with names of markup everywhere."""
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = MARKUP
    page = portal.start(browser, scope="openid profile business")
    waiting = page.url.partition("?")[2]
    page = page.send(username=member.email, password=member.password)
    assert look(page)
    (chosen,) = [path for path in (page.path,) if path in ("/business/choose", "/consent")]
    assert chosen == "/business/choose"
    assert look(opened(browser, f"/consent?{waiting}", {}))

    seen, ahead, repeating = set[str](), ["/account", "/business", "/account/apps"], set[str]()
    while ahead:
        address = ahead.pop()
        page = browser.open(address)
        seen.add(address)
        links = {urljoin(address, link) for link in checked(page.response)}
        repeating |= {page.path} if look(page) else set()
        inside = {link.partition("#")[0] for link in links if link.startswith("/")}
        ahead += sorted(inside - seen - set(ahead) - {"/logout"})

    assert len(seen) > 12
    assert {"/business", "/business/unlink"} <= repeating
