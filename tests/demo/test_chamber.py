"""The fictional register."""

import re

from idp.demo import chamber
from idp.pin import rows


def test_the_register_is_always_the_same_and_has_every_situation() -> None:
    entries = chamber.register()

    assert entries == chamber.register()
    assert len(entries) > 300
    assert any(entry.branch for entry in entries)
    assert any(entry.status == "geschlossen" for entry in entries)
    assert any(entry.number.startswith("0") for entry in entries)


def test_every_business_has_a_number_of_its_own_and_a_name() -> None:
    entries = chamber.register()

    assert len({(entry.number, entry.branch) for entry in entries}) == len(entries)
    assert len({entry.name for entry in entries if not entry.branch}) > chamber.COUNT * 0.9
    assert all(re.fullmatch(r"[0-9]{7}", entry.number) for entry in entries)
    assert not any("{" in entry.name or "  " in entry.name for entry in entries)


def test_the_register_can_be_imported_without_a_word() -> None:
    data = chamber.as_csv(chamber.register())

    sheet = rows.read(data, number_regex="[0-9]{7}", branch_regex="[0-9]{3}")

    assert not sheet.problems
    assert not sheet.notes
    assert len(sheet.rows) == len(chamber.register())
