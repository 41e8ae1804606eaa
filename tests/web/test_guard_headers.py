"""What every page has: headers, nothing inline, nothing from elsewhere, the way to help."""

import re

import pytest
from flask import Flask

from tests.browser import Browser
from tests.people import Member
from tests.web.doors import check_headers, paths

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
