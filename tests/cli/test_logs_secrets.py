"""What must never stand in a log: the signs of a PIN, the token of a mailed link."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from idp.cli import logs
from idp.core import Core
from idp.worker import deliver
from tests.browser import Browser
from tests.pin import situations

# Fonts name their signs, digits in words.
DIGITS = {
    "2": "two", "3": "three", "4": "four", "5": "five",
    "6": "six", "7": "seven", "8": "eight", "9": "nine",
}  # fmt: skip
TOKEN = "aSecretTokenOfTheMail"  # 21 signs that nothing else writes


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log of a process at its most talkative: all that the root lets through."""
    names = (*logs.QUIET, "granian.access")
    before = {name: logging.getLogger(name).level for name in names}
    logs.configure()
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    stream = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_a_letter_on_its_way_leaves_nothing_of_its_pin(core: Core, written: io.StringIO) -> None:
    situations.register(core)
    pin = situations.ordered(core, situations.person(core, "Anna"))
    signs = {DIGITS.get(sign, sign) for sign in pin.replace("-", "")}

    deliver.once(core)

    lines = written.getvalue().splitlines()
    assert any('"delivered"' in line and '"letter"' in line for line in lines)
    for line in lines:
        assert pin not in line
        assert pin.replace("-", "") not in line
        assert not signs <= set(re.findall(r"\w+", line)), line
        assert json.loads(line)["logger"].startswith("idp"), line


def test_libraries_speak_of_trouble_all_the_same(written: io.StringIO) -> None:
    for name in ("fontTools.subset", "fpdf", "sqlalchemy.engine"):
        logging.getLogger(name).info("detail")
        logging.getLogger(name).warning("trouble")

    assert "detail" not in written.getvalue()
    assert written.getvalue().count("trouble") == 3


def fail(where: str) -> None:
    raise OSError(where)


@pytest.mark.parametrize("path", ["/k/", "//k//", "%2Fk%2f", "https://konto.test/k/"])
def test_no_record_holds_the_token_of_a_link(written: io.StringIO, path: str) -> None:
    link, log = f"{path}{TOKEN}", logging.getLogger("anybody")
    log.debug("message %s", link)
    log.error(f"message {link}?x=1")
    log.warning("fact", extra={"path": link, "more": {"deep": [link]}})
    try:
        fail(link)
    except OSError:
        log.exception("exception")
        log.info("stack", stack_info=True)

    lines = written.getvalue().splitlines()
    assert len(lines) == 5
    assert TOKEN not in written.getvalue()
    assert [json.loads(line)["event"].split("/")[0].split()[0] for line in lines] == [
        "message", "message", "fact", "exception", "stack",
    ]  # fmt: skip
    assert "OSError" in lines[3]


def test_a_door_that_breaks_does_not_tell_the_link(
    app: Flask, browser: Browser, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        fail(f"no answer for /k/{TOKEN}")

    (endpoint,) = {rule.endpoint for rule in app.url_map.iter_rules() if "/k/" in rule.rule}
    monkeypatch.setitem(app.view_functions, endpoint, broken)

    assert browser.open(f"/k/{TOKEN}").status == 500

    assert "Exception on /k/*** [GET]" in written.getvalue()
    assert TOKEN not in written.getvalue()
