"""`idp check` names the advice about passwords that an installation does not follow."""

import json

import pytest

from idp.policy.presets import PRESETS
from tests.cli.conftest import Run


def told(idp: Run) -> list[tuple[str, str]]:
    rows = json.loads(idp("check", "--json").output)
    return [(row["level"], row["text"]) for row in rows if row["name"] == "passwords"]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_each_preset_tells_what_it_departs_from(
    installed: Run, monkeypatch: pytest.MonkeyPatch, preset: str
) -> None:
    monkeypatch.setenv("IDP_PASSWORD__PRESET", preset)

    found = told(installed)

    assert len(found) == len(PRESETS[preset].departures)
    for (level, text), departure in zip(found, PRESETS[preset].departures, strict=True):
        assert level == "warn"
        assert text.startswith(f"{preset} departs from {departure.source}: ")
        assert text.endswith(".")
        assert "departure." not in text


def test_own_rules_are_not_compared(installed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_PASSWORD__RULES", '[{"use": "length"}]')

    assert told(installed) == [("warn", "own rules; not compared with public advice")]
