"""Every page of the provider, empty, wrong and filled: for everyone, light and dark, large and small."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import template_rendered
from playwright.sync_api import Browser

from idp.mail.compose import HOUSE
from tests.stories import chromium, tours
from tests.stories.chromium import Console
from tests.stories.house import House
from tests.stories.inspector import Inspector

pytestmark = pytest.mark.browser


@pytest.fixture
def inspector(browser_process: Browser) -> Iterator[Inspector]:
    device = chromium.context(browser_process, motion=False)
    page, console = device.new_page(), Console()
    console.watch(page)
    shots = os.environ.get("SHOTS")
    yield Inspector(page, console, shots=Path(shots) if shots else None)
    device.close()


@pytest.mark.parametrize("tour", tours.TOURS, ids=lambda tour: tour.__name__)
def test_every_page_is_for_everyone(house: House, inspector: Inspector, tour: tours.Tour) -> None:
    shown: set[str] = set()

    def note(_app: object, template: object, **_: object) -> None:
        shown.add(str(getattr(template, "name", "")))

    with template_rendered.connected_to(note):
        tour(house, inspector)

    assert inspector.wrong == []
    assert shown >= tours.SHOWS[tour]


def test_no_template_is_left_out() -> None:
    folder = HOUSE / "templates"
    every = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.html")
        if path.parent.name != "mail" and path.name not in ("base.html", "_form.html")
    }

    assert every == set().union(*tours.SHOWS.values())
