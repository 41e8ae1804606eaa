"""Waiting times in words."""

import pytest
from flask import Flask

from idp.web import text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "2 Sekunden"),
        (1, "2 Sekunden"),
        (59, "59 Sekunden"),
        (90, "90 Sekunden"),
        (91, "2 Minuten"),
        (120, "2 Minuten"),
        (121, "3 Minuten"),
    ],
)
def test_a_wait_is_rounded_up_and_never_one_of_many(app: Flask, seconds: int, said: str) -> None:
    with app.test_request_context():
        assert text.wait(seconds) == said
