import io
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.pin import ask, printing, redeem, registry, unlink
from idp.pin.carriers import Folder
from idp.pin.models import Letter
from idp.plugins import PrintedLetter
from tests.conftest import MovableClock
from tests.pin.situations import (
    NUMBER,
    letter_states,
    letters,
    memberships,
    ordered,
    ordered_openly,
    states,
)


@dataclass
class Desk:
    """A carrier that keeps letters, and fails so often before."""

    failures: int = 0
    letters: list[PrintedLetter] = field(default_factory=list)

    def send(self, letter: PrintedLetter) -> None:
        self.letters.append(letter)
        if self.failures:
            self.failures -= 1
            raise OSError("full")


def words(letter: PrintedLetter) -> str:
    (page,) = PdfReader(io.BytesIO(letter.pdf)).pages
    return " ".join(page.extract_text().split())


def deliver(core: Core, payload: Mapping[str, Any]) -> list[PrintedLetter]:
    desk = Desk()
    printing.deliver(core, payload, desk)
    return desk.letters


def test_a_letter_is_handed_over_and_marked(registered: Core, anna: SignedIn) -> None:
    pin = ordered(registered, anna, "1234567-001")

    (letter,) = deliver(registered, letters(registered)[0])

    assert (letter.number, letter.branch) == ("1234567", "001")
    assert letter.address == ("Tischlerei Beispiel, Filiale Süd", "Südring 2", "12346 Musterstadt")
    assert states(registered) == ["sent"]
    row = registered.db.scalars(select(Letter)).one()
    assert (row.id, row.state, row.sent_at is not None) == (letter.id, "sent", True)
    for shown in (pin, "Anna Muster", "http://127.0.0.1:8000/business/link", letter.id):
        assert shown in words(letter)


def test_the_same_letter_comes_out_of_every_try(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    ordered(registered, anna)
    payload, desk = letters(registered)[0], Desk(failures=1)
    with pytest.raises(OSError, match="full"):
        printing.deliver(registered, payload, desk)
    assert (states(registered), letter_states(registered)) == (["printing"], ["waiting"])
    clock.advance(days=2)

    printing.deliver(registered, payload, desk)

    first, second = desk.letters
    assert first == second
    assert states(registered) == ["sent"]


def test_a_letter_noted_as_sent_is_not_sent_again(registered: Core, anna: SignedIn) -> None:
    ordered(registered, anna)
    payload = letters(registered)[0]
    deliver(registered, payload)

    assert deliver(registered, payload) == []


def test_a_pin_redeemed_before_it_is_noted_as_sent_stays_used(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna)

    class Quick(Desk):
        def send(self, letter: PrintedLetter) -> None:
            super().send(letter)
            redeem.link(registered, anna, NUMBER, "", pin)

    printing.deliver(registered, letters(registered)[0], Quick())

    assert (states(registered), letter_states(registered)) == (["used"], ["sent"])


def test_a_letter_whose_pin_died_on_the_way_is_not_printed(
    registered: Core, anna: SignedIn
) -> None:
    openly = ordered_openly(registered)
    ordered(registered, anna)
    payload = letters(registered)[-1]
    linked = redeem.link(registered, anna, NUMBER, "", openly)
    unlink.leave(registered, anna, linked.membership_id)

    assert deliver(registered, payload) == []
    assert letter_states(registered)[1] == "failed"


def test_a_letter_without_login_names_nobody(registered: Core) -> None:
    pin = ordered_openly(registered)

    (letter,) = deliver(registered, letters(registered)[0])

    assert pin in words(letter)
    assert "Bestellt von" not in words(letter)


def test_a_letter_of_the_chamber_says_nobody_asked(registered: Core) -> None:
    known = registry.find(registered, (NUMBER, None))
    assert known
    ask.issue(registered, known)

    (letter,) = deliver(registered, letters(registered)[0])

    assert "bestellt" not in words(letter)


def test_a_notice_names_the_person_and_no_pin(registered: Core, anna: SignedIn) -> None:
    pin = ordered_openly(registered)
    redeem.link(registered, anna, NUMBER, "", pin)

    (letter,) = deliver(registered, letters(registered)[-1])

    text = words(letter)
    for shown in ("Neue Verknüpfung", "Anna Muster", "Tischlerei Beispiel GmbH", NUMBER):
        assert shown in text
    assert pin not in text
    assert letter_states(registered)[-1] == "sent"
    assert states(registered) == ["used"]
    described = PdfReader(io.BytesIO(letter.pdf)).xmp_metadata
    assert described is not None
    assert described.dc_title == {"x-default": f"Mitteilung {NUMBER} Tischlerei Beispiel GmbH"}


def test_letter_and_notice_call_the_number_as_the_chamber_does(
    registered: Core, anna: SignedIn
) -> None:
    business = registered.settings.business.model_copy(update={"label": "Mitgliedsnummer"})
    settings = registered.settings.model_copy(update={"business": business})
    redeem.link(registered, anna, NUMBER, "", ordered_openly(registered))

    for payload in letters(registered):
        letter = printing.prepare(replace(registered, settings=settings), payload)
        assert f"Mitgliedsnummer {NUMBER}" in words(letter)
        assert "Betriebsnummer" not in words(letter)


def test_a_notice_stays_one_page_whatever_the_names(registered: Core, anna: SignedIn) -> None:
    long = replace(anna, given_name="Wolfeschlegel " * 30, family_name="x" * 100)
    redeem.link(registered, long, NUMBER, "", ordered_openly(registered))

    (letter,) = deliver(registered, letters(registered)[-1])

    assert "Mit freundlichen Grüßen" in words(letter)


def test_the_chamber_without_telephone_is_reached_by_mail(registered: Core) -> None:
    support = registered.settings.support.model_copy(update={"phone": "", "hours": ""})
    settings = registered.settings.model_copy(update={"support": support})
    ordered_openly(registered)

    (letter,) = deliver(replace(registered, settings=settings), letters(registered)[0])

    assert "Telefon 01234" not in words(letter)
    assert support.email in words(letter)


def test_the_folder_gets_one_whole_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "letters"
    carrier = Folder({"folder": str(folder)})
    letter = PrintedLetter("261122-1", NUMBER, None, ("A",), b"first")

    carrier.send(letter)
    carrier.send(replace(letter, pdf=b"second"))

    (file,) = folder.iterdir()
    assert (file.name, file.read_bytes()) == ("261122-1.pdf", b"second")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_failed_file_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "261122-1.pdf").mkdir()

    with pytest.raises(OSError, match="261122-1"):
        Folder({"folder": tmp_path}).send(PrintedLetter("261122-1", NUMBER, None, (), b"x"))

    assert [path.name for path in tmp_path.iterdir()] == ["261122-1.pdf"]


def test_the_profile_b_delivers_into_its_folder(registered: Core, anna: SignedIn) -> None:
    ordered(registered, anna)
    pin = registered.settings.pin
    carrier = registered.plugins.letter_carriers.get(pin.carrier)(pin.model_dump())

    printing.deliver(registered, letters(registered)[0], carrier)

    assert [path.suffix for path in Path(pin.folder).iterdir()] == [".pdf"]
    assert memberships(registered) == []
