"""Where an answer goes: to a registered address, sign by sign equal, or nowhere (RFC 9700 §2.1).

Threats 1 to 5: every way to write an address that is almost one, in every way to ask.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.browser import Browser, Left, Page
from tests.oauth.test_request_object import unsigned
from tests.relying_party import CALLBACK, Portal

EVIL = "evil.example"
# Another of the same client, with a query of its own.
SECOND = "https://portal.example:8443/zurück".replace("ü", "%C3%BC") + "?von=kammer&x=1"


def mutations(uri: str) -> dict[str, str]:
    """Return addresses that some provider has once taken for this one, each once."""
    scheme, _, rest = uri.partition("://")
    host, _, path = rest.partition("/")
    tail = f"/{path}"
    made = [
        *(f"{uri}{end}" for end in ENDS),
        *(f"{start}{uri}" for start in STARTS),
        *(f"{other}://{rest}" for other in SCHEMES),
        *(f"{scheme}{sign}{rest}" for sign in (":/", ":", "://\\", ":///", ":////", ":\\\\", "//")),
        *(f"{scheme}://{other}{tail}" for other in hosts(host)),
        *(f"{scheme}://{host}{other}" for other in paths(tail)),
        *WHOLE,
        uri.upper(), uri.title(), uri.replace(".", "X"), uri.replace("a", "а"),
        uri.replace("/", "\\"), uri.replace("/", "%2f"), uri.replace(":", "%3a"), uri[:-1],
        uri.replace("e", "e\u0301"), uri.replace("o", "ｏ"), uri.replace("l", "ⅼ"),
        uri.replace("t", "%74"), uri.replace(".", "。"), uri.replace(".", "%2e"), "*", "", uri * 2,
    ]  # fmt: skip
    return {one: one for one in made if one != uri}


ENDS = (
    "/", "//", "?", "#", "?x=1", "?code=1", "#x", "#access_token=1", ";x", "&x=1", "%00", "%20",
    "%0a", "%0d%0aLocation:%20https://evil.example", " ", "\t", "\n", "\r\n", "\u00a0", "\u200b",
    "\u2028", "\ufeff", ".", "..", "/.", "/..", "/../evil", "/..;/evil", "/%2e%2e/evil",
    "/..%2fevil", "/..%5cevil", "/%252e%252e/evil", "*", "/*", "%", "'", '"', "<", "\\", "|", "`",
    "@evil.example", ".evil.example", "/@evil.example", "?@evil.example", "#@evil.example",
    ":80", ":443", "~", "-", "_", "\x00", "\x7f", "\u202e", "é", " https://evil.example/",
    ",https://evil.example/", "|https://evil.example/", "%20https://evil.example/",
)  # fmt: skip
STARTS = (
    " ", "\t", "\n", "\x00", "\ufeff", "\u200b", "//", "/", "\\", "view-source:", "blob:", "url:",
    "https://evil.example/", "https://evil.example/?", "https://evil.example#", "javascript:",
    "data:text/html,", "https://evil.example@", "intent:", "https:", "x", "%",
)  # fmt: skip
SCHEMES = (
    "http", "HTTPS", "Https", "httpss", "ftp", "file", "ws", "wss", "javascript", "data", "com.app",
    "https ", "https\t", "", "h\u200bttps",
)  # fmt: skip
WHOLE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\/evil.example", "///",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:x", "about:blank", "http://localhost/callback", "http://127.0.0.1/callback",
    "http://[::1]/callback", "http://localhost:80@evil.example/", "http://0x7f.1/callback",
    "http://2130706433/", "file:///etc/passwd", "callback", "/callback", "?", "#", ".", "null",
    "undefined", "None", "https://", "https:///callback", "urn:ietf:wg:oauth:2.0:oob", "\u0000",
    "https://[::1", "https://portal.example:99999/callback", "https://portal.example:x/callback",
)  # fmt: skip


def hosts(host: str) -> list[str]:
    """Return hosts that look like this one, or hide another."""
    return [
        f"{host}.{EVIL}", f"{EVIL}.{host}", f"{host}@{EVIL}", f"{EVIL}@{host}", f"user@{host}",
        f"user:pw@{host}", f"{host}:80@{EVIL}", f"{host}%40{EVIL}", f"{EVIL}%23@{host}",
        f"{EVIL}#@{host}", f"{EVIL}?@{host}", f"{EVIL}/@{host}", f"{EVIL}\\@{host}",
        f"{EVIL}\\.{host}", f"{EVIL}%5c@{host}", f"{EVIL}%00.{host}", f"{EVIL}\x00.{host}",
        f"{EVIL}\t.{host}", f"{EVIL}\n.{host}", f"{EVIL} .{host}", f"{host}.", f".{host}",
        f"www.{host}", f"x{host}", host.upper(), host.title(), host.replace(".", ""),
        host.replace(".", ".."), f"{host}:443", f"{host}:0443", f"{host}:80", f"{host}:8443",
        f"{host}:", f"{host}:65536", f"{host}:-1", f"[{host}]", f"%77{host}", f"{host}%2e",
        f"{host}%09", f"{host}\u3002{EVIL}", f"{host}\uff0f{EVIL}", f"{host}\u2044{EVIL}",
        f"{host}&{EVIL}", f"{host},{EVIL}", f"{host};{EVIL}", f"{host}|{EVIL}", f"{host}*",
        f"*.{host}", "*", EVIL, "localhost", "127.0.0.1", "[::1]", "xn--portal-9za.example", "",
    ]  # fmt: skip


def paths(tail: str) -> list[str]:
    """Return paths that some server takes for this one."""
    return [
        "", "/", f"/{tail}", f"//{tail}", f"/.{tail}", f"/x/..{tail}", f"/x/%2e%2e{tail}",
        f"/.%2e{tail}", f"{tail}/x", f"/x{tail}", tail.upper(), tail.title(), f"\\{tail[1:]}",
        f"/%63{tail[2:]}", f"{tail}%2f", f"{tail}%3f", f"{tail}%23", f"{tail};jsessionid=1",
        tail.replace("a", "%61"), f"{tail}.html", f"{tail}%00.html", f"{tail}?redirect={EVIL}",
        tail.replace("a", "?"), tail.replace("a", "."), tail.replace("l", ".*"), f"{tail}$", "/*",
    ]  # fmt: skip


CORPUS = mutations(CALLBACK)


@pytest.fixture
def portal(app: Flask) -> Portal:
    return Portal.register(app, redirect_uris=(CALLBACK, SECOND))


def by_get(portal: Portal, browser: Browser, uri: str, **more: str) -> Page:
    return portal.start(browser, redirect_uri=uri, **more)


def by_post(portal: Portal, browser: Browser, uri: str, **more: str) -> Page:
    form = dict(asked(portal, redirect_uri=uri, **more))
    return browser.post("/oauth/authorize", form)


def by_object(portal: Portal, browser: Browser, uri: str, **more: str) -> Page:
    claims = dict(asked(portal, redirect_uri=uri, **more))
    return portal.start(browser, redirect_uri=f"{CALLBACK}_invalid", request=unsigned(claims))


def by_object_alone(portal: Portal, browser: Browser, uri: str, **more: str) -> Page:
    claims = dict(asked(portal, redirect_uri=uri, **more))
    must = {name: claims[name] for name in ("client_id", "response_type", "scope")}
    return browser.open(f"/oauth/authorize?{urlencode({**must, 'request': unsigned(claims)})}")


def asked(portal: Portal, **more: str) -> list[tuple[str, str]]:
    values = {
        "response_type": "code", "client_id": portal.client.id, "scope": "openid",
        "state": "the-state", "nonce": "the-nonce", "code_challenge": portal.challenge,
        "code_challenge_method": "S256", **more,
    }  # fmt: skip
    return list(values.items())


WAYS: dict[str, Callable[..., Page]] = {
    "get": by_get, "post": by_post, "object": by_object, "object-alone": by_object_alone,
}  # fmt: skip
MODES = ("query", "fragment", "form_post")


def accepted(step: Callable[[], Page]) -> bool:
    """Tell whether a request was taken: it goes on to the login page, or ends at ours."""
    page = step()
    assert page.path == "/login" or (page.status, bool(page.error_code)) == (400, True), page.text
    return page.path == "/login"


def test_threat_2_the_corpus_is_large_and_holds_no_registered_address() -> None:
    assert len(CORPUS) >= 200
    assert not {CALLBACK, SECOND} & set(CORPUS)


@pytest.mark.parametrize("way", WAYS)
def test_threat_1_2_3_4_an_address_that_is_almost_registered_is_none(
    portal: Portal, browser: Browser, way: str
) -> None:
    taken = [uri for uri in CORPUS if accepted(lambda: WAYS[way](portal, browser, uri))]  # noqa: B023

    assert taken == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", [{"response_type": "token"}, {"scope": "profile"},
                                   {"prompt": "none"}, {"max_age": "soon"}])  # fmt: skip
def test_threat_5_no_error_goes_to_an_address_that_is_almost_registered(
    portal: Portal, browser: Browser, way: str, wrong: dict[str, str]
) -> None:
    for uri in list(CORPUS)[::7]:
        page = WAYS[way](portal, browser, uri, **wrong)

        assert (page.status, bool(page.error_code)) == (400, True), uri


near = st.text(max_size=60) | st.text(max_size=5).map(lambda end: CALLBACK + end)
flipped = st.tuples(st.integers(0, len(CALLBACK) - 1), st.characters(codec="utf-8")).map(
    lambda at: CALLBACK[: at[0]] + at[1] + CALLBACK[at[0] + 1 :]
)
FUZZ = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(
    uri=st.sampled_from([CALLBACK, SECOND]) | near | flipped,
    way=st.sampled_from(sorted(WAYS)),
    mode=st.sampled_from(MODES),
)
@example(uri=CALLBACK, way="post", mode="form_post")
@FUZZ
def test_an_address_is_taken_if_and_only_if_it_is_equal_sign_by_sign(
    portal: Portal, browser: Browser, uri: str, way: str, mode: str
) -> None:
    taken = accepted(lambda: WAYS[way](portal, browser, uri, response_mode=mode))

    assert taken is (uri in (CALLBACK, SECOND))


def caught(step: Callable[[], Page], uri: str) -> dict[str, str]:
    """Return what an answer brings to this address, in whatever mode."""
    try:
        (form,) = [form for form in step().forms if form.action == uri]
    except Left as left:
        return at(left, uri)
    return form.fields


def at(left: Left, uri: str) -> dict[str, str]:
    """Return what was added to an address: its own query stays as it was registered."""
    assert left.location.startswith(uri)
    sign, added = left.location[len(uri)], left.location[len(uri) + 1 :]
    assert sign in ("#", "&" if "?" in uri else "?")
    return dict(parse_qsl(added, strict_parsing=True))


# Everything that a request may hold; control characters are refused.
SIGNS = st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffd")
states = st.text(SIGNS, min_size=1, max_size=80)


@given(
    state=states,
    mode=st.sampled_from(MODES),
    asking=st.tuples(st.sampled_from(sorted(WAYS)), st.sampled_from([CALLBACK, SECOND])),
)
@example(state="s" * 124 + "-._~", mode="query", asking=("get", CALLBACK))
@example(state='"><script>alert(1)</script>', mode="form_post", asking=("post", SECOND))
@example(state=" a  b ", mode="form_post", asking=("get", CALLBACK))
@example(state="%00&code=x#?+ü😀\u202e", mode="fragment", asking=("object", SECOND))
@FUZZ
def test_the_state_comes_back_exactly_in_every_mode(
    portal: Portal, browser: Browser, state: str, mode: str, asking: tuple[str, str]
) -> None:
    way, uri = asking
    more = {"state": state, "response_mode": mode, "prompt": "none"}

    parameters = caught(lambda: WAYS[way](portal, browser, uri, **more), uri)

    assert parameters["state"] == state
    assert parameters["error"] == "login_required"
    assert parameters["iss"] == portal.issuer
    assert "code" not in parameters
