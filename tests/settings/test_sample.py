"""The sample file of the documentation."""

import tomllib
from pathlib import Path

from idp.settings import Settings, load
from idp.settings.sample import sample

FILE = Path(__file__).parents[2] / "docs" / "settings.sample.toml"


def test_the_sample_in_the_docs_is_the_one_made_from_the_settings() -> None:
    assert FILE.read_text(encoding="utf-8") == sample()


def test_the_sample_loads_and_means_the_defaults() -> None:
    assert load(str(FILE)) == Settings()


def test_every_setting_stands_in_it_with_a_sentence() -> None:
    table = tomllib.loads(sample())

    assert set(table) == set(Settings.model_fields)
    assert "# None" not in sample()
