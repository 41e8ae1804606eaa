"""The house, the browser, and the scene of a story: where it plays and how people look at it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import MovableClock
from tests.stories import chromium
from tests.stories.chromium import ChromiumVisitor
from tests.stories.house import House, whole_house
from tests.stories.plain import PlainVisitor
from tests.stories.visitor import Visitor


@pytest.fixture(scope="module")
def browser_process() -> Iterator[Browser]:
    """One Chromium a module: a second Playwright beside it would refuse to start."""
    if not chromium.PROGRAM.exists():
        pytest.skip("no Chromium on this machine")
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def house(tmp_path: Path, clock: MovableClock) -> Iterator[House]:
    """Everything on a SQLite file."""
    with whole_house(tmp_path, clock) as house:
        yield house


@dataclass(frozen=True)
class Scene:
    """A house, and people who come to visit it; they leave when the story ends."""

    house: House
    stack: ExitStack
    browser: Browser | None = None
    script: bool = True

    def visitor(self) -> Visitor:
        """Return a person at a device that nobody has used yet."""
        fresh: Visitor
        if self.browser:
            fresh = ChromiumVisitor(chromium.context(self.browser, script=self.script))
        else:
            fresh = PlainVisitor()
        self.stack.callback(fresh.end)
        return fresh


SCENES = {
    "chromium": pytest.mark.browser,
    "chromium-without-script": pytest.mark.browser,
    "plain-on-postgresql": pytest.mark.postgresql,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play the journey in every scene; the rest without script by plain forms, unless `--full`."""
    if "scene" in metafunc.fixturenames:
        every = metafunc.config.getoption("full") or metafunc.module.__name__.endswith("_journey")
        chosen = [name for name in SCENES if every or name != "chromium-without-script"]
        scenes = [pytest.param(name, marks=SCENES[name]) for name in chosen]
        metafunc.parametrize("scene", scenes, indirect=True)


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[Scene]:
    """Chromium with and without JavaScript on SQLite; plain HTML forms on PostgreSQL."""
    browser, url = None, None
    if request.param == "plain-on-postgresql":
        url = request.getfixturevalue("postgresql_url")
    else:
        browser = request.getfixturevalue("browser_process")
    with whole_house(tmp_path, clock, url) as house, ExitStack() as stack:
        yield Scene(house, stack, browser, script=request.param == "chromium")
