"""All addresses of the house, from its own map, and knocking there."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.browser import Browser, Page

EVIL = "evil.example"
FILLED = {"token": "gibtsnicht", "name": "terms", "filename": "app.css"}


def paths(app: Flask, method: str, *, machines: bool | None = None) -> list[str]:
    """Return the paths that answer `method`, placeholders filled; machines' doors or people's."""
    found = []
    for rule in app.url_map.iter_rules():
        machine = getattr(app.view_functions[rule.endpoint], "machine", False)
        if method in (rule.methods or ()) and machines in (None, machine):
            values = {name: FILLED.get(name, "x") for name in rule.arguments}
            found.append(rule.rule.replace("path:", "").replace("<", "{").replace(">", "}")
                         .format(**values))  # fmt: skip
    return found


def post(browser: Browser, path: str, data: dict[str, str], **more: Any) -> Page:
    """Send a form as it is, with a token or without."""
    answer = browser.client.post(path, data=data, base_url=browser.issuer, **more)
    return Page(browser, answer, browser.issuer + path)


def token_of(browser: Browser) -> str:
    """Return the token of this browser's forms."""
    return browser.open("/help").forms[0].fields["csrf_token"]


def check_headers(path: str, answer: TestResponse) -> None:
    """Assert what every answer has, and a page more."""
    head = answer.headers
    assert head["X-Content-Type-Options"] == "nosniff", path
    assert head["Referrer-Policy"] == "no-referrer", path
    if answer.mimetype == "text/html":
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
