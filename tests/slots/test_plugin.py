"""A plugin as others write it: installed as a package, found by its entry point."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from flask import Flask

from idp.app import create_app
from idp.errors import Misconfigured
from idp.plugins import Subject
from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD, Postbox

PLUGIN = '''
    """Acme's house rule: its own name is no password."""

    from collections.abc import Iterator
    from dataclasses import dataclass

    from idp.plugins import Plugins, Problem, Subject


    @dataclass(frozen=True)
    class NoCompanyName:
        """No password contains `word`."""

        word: str = "acme"

        def __call__(self, password: str, subject: Subject) -> Iterator[Problem]:
            """Yield company_name."""
            if self.word in password.casefold():
                yield Problem("company_name", {"word": self.word})

        def advice(self) -> Problem:
            """Tell the word."""
            return Problem("company_name", {"word": self.word})


    def plug(plugins: Plugins) -> None:
        """Add the rule."""
        plugins.password_rules.add("no-company-name", NoCompanyName)
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The plugin as pip would install it."""
    site = tmp_path / "site"
    info = site / "idp_acme-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "idp_acme.py").write_text(dedent(PLUGIN), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: idp-acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[idp.plugins]\nacme = idp_acme:plug\n")
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("idp_acme", None)


def house(folder: Path, clock: MovableClock, *plugins: str, **rule: object) -> Flask:
    rules = [{"use": "length"}, {"use": "no-company-name", **rule}]
    password = {"rules": rules, "argon2_memory_kib": 8, "argon2_time": 1}
    return built(settings_for(folder, plugins=list(plugins), password=password), clock)


def test_a_rule_of_a_plugin_judges_at_the_front_door(
    installed: None, tmp_path: Path, clock: MovableClock
) -> None:
    app = house(tmp_path, clock, "acme")
    browser, postbox = Browser(app), Postbox(app)
    people.register(browser)
    page = browser.open(postbox.link())

    refused = page.send(password="Kachelofen-ACME-38")

    assert (refused.status, refused.error_code) == (422, "weak_password")
    assert "company_name" in refused.text
    assert page.send(password=PASSWORD).path == "/account"
    dispose(app)


def test_its_options_come_from_the_configuration(
    installed: None, tmp_path: Path, clock: MovableClock
) -> None:
    app = house(tmp_path, clock, "acme", word="ofen")
    policy = people.core_of(app).policy

    assert [p.code for p in policy.problems(PASSWORD, Subject())] == ["company_name"]
    assert policy.advice()[-1].facts == {"word": "ofen"}
    dispose(app)


def test_installed_is_not_active(installed: None, tmp_path: Path, clock: MovableClock) -> None:
    with pytest.raises(Misconfigured, match="no password rule 'no-company-name'"):
        house(tmp_path, clock)

    assert "idp_acme" not in sys.modules


def test_an_unknown_plugin_tells_which_are_installed(installed: None, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as told:
        create_app(settings_for(tmp_path, plugins=["acmee", "acme", "other"]))

    assert [mistake.split(";")[0] for mistake in told.value.mistakes] == [
        "plugins: 'acmee' is not installed", "plugins: 'other' is not installed",
    ]  # fmt: skip
    assert all("acme" in mistake.split("there are: ")[1] for mistake in told.value.mistakes)


def test_a_plugin_named_twice_is_a_mistake(
    installed: None, tmp_path: Path, clock: MovableClock
) -> None:
    with pytest.raises(Misconfigured, match="registered twice"):
        house(tmp_path, clock, "acme", "acme")
