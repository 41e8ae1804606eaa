"""The language: the browser's until a button is pressed."""

import pytest

from tests.browser import Browser


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
