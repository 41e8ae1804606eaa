"""Every mistake at once, and where it is: file or variable, and which setting."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idp.app import create_app
from idp.errors import Misconfigured
from idp.settings import load
from idp.settings.sample import _written
from tests.conftest import settings_for


def mistakes(source: str) -> list[str]:
    with pytest.raises(Misconfigured) as told:
        load(source)
    return told.value.mistakes


# --- variables


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("IDP_MAIL__PORT", "abc", "mail.port"),
        ("IDP_ISSUER", "http://konto.test", "issuer"),
        ("IDP_LOGIN__IDLE", "soon", "login.idle"),
        ("IDP_MAIL", '{"port": "abc"}', "mail.port"),
        ("IDP_MAIL", "abc", "mail"),
        ("IDP_PLUGINS", "acme", "plugins"),
        ("IDP_LIMITS__PROXIES", "10.0.0.0/8", "limits.proxies"),
        ("IDP_LIMITS__PROXIES", '["x"]', "limits.proxies.0"),
        ("IDP_PASSWORD__RULES", '[{"minimum": 3}]', "password.rules.0.use"),
        ("idp_mail__port", "abc", "mail.port"),
    ],
)
def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, place: str
) -> None:
    monkeypatch.setenv(name, value)

    told = mistakes("b")

    assert {mistake[: len(f"{name}: {place}: ")] for mistake in told} == {f"{name}: {place}: "}


def test_a_list_says_how_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_PLUGINS", "acme")

    (mistake,) = mistakes("b")

    assert 'written as JSON: ["a", "b"]' in mistake


def test_the_file_is_named_where_the_variable_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "house.toml"
    source.write_text('[mail]\nport = "abc"')
    monkeypatch.setenv("IDP_MAIL", '{"host": "mail.test"}')

    (mistake,) = mistakes(str(source))

    assert mistake.startswith(f"{source}: mail.port: ")


@pytest.mark.parametrize("name", ["IDP_MAIL__HOSST", "IDP_PASSWORD__RULES__0__USE"])
def test_a_variable_that_sets_nothing_is_told_once(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "x")

    assert mistakes("b") == [f"{name}: no such setting"]


def test_file_and_variables_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_MAIL__PORT", "abc")
    monkeypatch.setenv("IDP_PLUGINS", "acme")
    monkeypatch.setenv("IDP_NONSENSE", "1")

    told = [mistake.split(":")[0] for mistake in mistakes("/no/such.toml")]

    assert told == ["IDP_NONSENSE", "/no/such.toml", "IDP_PLUGINS", "IDP_MAIL__PORT"]


# --- what the house is built from


def test_every_wrong_name_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    rules = [{"use": "horn"}, {"use": "length", "minumum": 3}, {"use": "length", "minimum": "x"}]
    settings = settings_for(
        tmp_path,
        plugins=["acme"],
        password={"rules": rules},
        mail={"carrier": "pigeon"},
        pin={"carrier": "horse", "registry": "book"},
        registration={"fields": ["given_name", "shoe_size"]},
        limits={"storage": "redis://localhost:many"},
    )

    with pytest.raises(Misconfigured) as told:
        create_app(settings)

    assert [mistake.split(": ")[0] for mistake in told.value.mistakes] == [
        "plugins", "mail.carrier", "pin.carrier", "pin.registry", "registration.fields.1",
        "password.rules.0.use", "password.rules.1", "password.rules.2", "limits.storage",
    ]  # fmt: skip
    assert not list(tmp_path.iterdir())


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed plugin that wants a package which is not there."""
    info = tmp_path / "site" / "idp_broken-1.0.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "site" / "idp_broken.py").write_text("import not_there_at_all\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: idp-broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[idp.plugins]\nbroken = idp_broken:plug\nempty = tests.people:plug\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield
    sys.modules.pop("idp_broken", None)


def test_plugins_that_cannot_be_loaded_are_mistakes_too(broken: None, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as told:
        create_app(settings_for(tmp_path, plugins=["broken", "empty"]))

    first, second = told.value.mistakes
    assert first.startswith("plugins: 'broken' cannot be loaded: No module named")
    assert second.startswith("plugins: 'empty' cannot be loaded: ")


# --- the sample


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=1), '"1 day"'),
        (timedelta(days=2), '"2 days"'),
        (timedelta(hours=1), '"1 hour"'),
        (timedelta(seconds=90), '"90 seconds"'),
        (timedelta(minutes=1), '"1 minute"'),
    ],
)
def test_one_is_written_in_the_singular_and_read_again(span: timedelta, words: str) -> None:
    assert _written(span) == words
    assert load("b", {"login": {"idle": words.strip('"')}}).login.idle == span
