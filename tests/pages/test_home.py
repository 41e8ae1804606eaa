"""The start page offers what there is, and promises nothing else."""

from pathlib import Path

import pytest

from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for


@pytest.mark.parametrize(
    ("pin", "offered", "openly"),
    [
        ({"request_without_login": True}, True, True),
        ({"request_without_login": False}, True, False),
        ({"enabled": False}, False, False),
    ],
)
def test_it_says_whether_a_pin_needs_an_account(
    tmp_path: Path, clock: MovableClock, pin: dict[str, bool], offered: bool, openly: bool
) -> None:
    app = built(settings_for(tmp_path, pin=pin), clock)

    page = Browser(app).open("/")

    assert ("/business/pin" in page.response.text) is offered
    assert ("Dafür brauchen Sie noch kein Konto." in page.text) is openly
    dispose(app)


@pytest.mark.parametrize("enabled", [True, False])
def test_it_leads_to_the_registration_where_there_is_one(
    tmp_path: Path, clock: MovableClock, enabled: bool
) -> None:
    app = built(settings_for(tmp_path, registration={"enabled": enabled}), clock)

    assert ('href="/register"' in Browser(app).open("/").response.text) is enabled
    dispose(app)
