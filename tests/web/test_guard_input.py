"""Size and bytes: what is too large or no text is refused at every door."""

import pytest
from flask import Flask

from tests.browser import Browser, Page
from tests.web.doors import paths, post, token_of


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


def test_many_small_fields_count_by_their_size(signed_in: Browser) -> None:
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
