import datetime as dt
import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from idp.pin import letter, paper
from idp.pin.letter import LetterFacts, Sender

PIN = "K7MP-3TXA-9R4K"
POINT = 25.4 / 72
FACTS = LetterFacts(
    id="l_7Qm2xK9d",
    date=dt.date(2026, 11, 23),
    sender=Sender(
        "Handwerkskammer Musterstadt",
        ("Kammerplatz 1", "01234 Musterstadt"),
        "Telefon 01234 5678, service@hwk.example",
    ),
    recipient=("Tischlerei Żółć & Söhne GmbH", "Sägewerkstraße 12a", "01067 Dresden"),
    business_name="Tischlerei Żółć & Söhne GmbH",
    number="0034567",
    branch="001",
    pin=PIN,
    requested_by="Łukasz Çelik",
    valid_until=dt.date(2026, 12, 23),
    start_url="https://konto.hwk.example/business/link",
    requested_on=dt.date(2026, 11, 20),
)
LONG = replace(
    FACTS,
    id="l_" + "x" * 43,
    recipient=letter.address_lines("Wärme" * 40, "Straße des 17. Juni " * 10, "1", "O" * 99, "GB"),
    business_name="Wärmedämmverbundsystem-Großhandel mbH & Co. KG " * 5,
    number="9" * 40,
    branch="8" * 20,
    requested_by="Maria-Magdalena von Hohenstein-Wartenberg " * 9,
    start_url="https://konto.hwk.example/" + "pfad/" * 30,
    sender=Sender("Handwerkskammer " * 20, ("Kammerplatz " * 30,), "Telefon 01234 5678, " * 30),
)


def reader(facts: LetterFacts) -> PdfReader:
    return PdfReader(io.BytesIO(paper.pdf(facts)))


def printed(facts: LetterFacts) -> str:
    """Everything on the page, with each line break as a blank."""
    pages = reader(facts).pages
    assert len(pages) == 1
    return " ".join(pages[0].extract_text().split())


def places(facts: LetterFacts) -> list[tuple[str, float, float]]:
    """Each line of text with its left edge and base line in millimetres from the top left."""
    found = []

    def visit(text: str, _cm: object, matrix: list[float], *_: object) -> None:
        if text.strip():
            found.append((text.strip(), matrix[4] * POINT, 297 - matrix[5] * POINT))

    reader(facts).pages[0].extract_text(visitor_text=visit)
    return found


def in_window(x: float, y: float) -> bool:
    return x <= 105 and 45 <= y <= 90


def test_the_letter_says_everything_it_must() -> None:
    text = printed(FACTS)

    for part in (
        "Handwerkskammer Musterstadt · Kammerplatz 1 · 01234 Musterstadt",
        "Unser Zeichen l_7Qm2xK9d Datum 23. November 2026",
        "Tischlerei Żółć & Söhne GmbH Sägewerkstraße 12a 01067 Dresden",
        "am 20. November 2026 online eine PIN bestellt",
        "Betriebsnummer 0034567 Filialnummer 001 Bestellt von Łukasz Çelik",
        PIN,
        "Gültig bis 23. Dezember 2026",
        "https://konto.hwk.example/business/link",
        "Telefon 01234 5678, service@hwk.example",
    ):
        assert part in text


def test_names_of_our_neighbours_keep_their_letters() -> None:
    name = "Łukasz Żółć, Ştefan Çelik, Đặng, Őze, Ñuñez, Žižek, Αθηνά, Юрий"

    assert name in printed(replace(FACTS, business_name=name))


def test_the_pin_lies_below_the_fold_and_out_of_the_window() -> None:
    for facts in (FACTS, LONG, replace(FACTS, requested_by=None, branch=None, by_chamber=True)):
        found = [(x, y) for text, x, y in places(facts) if PIN in text]

        assert len(found) == 1
        assert found[0][1] > 105 + 10
        assert not in_window(*found[0])


@pytest.mark.parametrize("facts", [FACTS, LONG])
def test_only_the_return_line_and_the_address_show_in_the_window(facts: LetterFacts) -> None:
    window = [(text, x, y) for text, x, y in places(facts) if in_window(x, y)]

    assert len(window) == 1 + (3 if facts is FACTS else 6)
    assert window[0][2] < 50
    assert all(62.7 <= y <= 90 for _, _, y in window[1:])
    assert window[1][0][:5] == facts.recipient[0][:5]


@pytest.mark.parametrize("facts", [FACTS, LONG])
def test_margins_stay_empty(facts: LetterFacts) -> None:
    found = places(facts)
    foot = [y for _, _, y in found if y > 281]

    assert all(x >= 24.9 for _, x, _ in found)
    assert all(15 < y < 292 for _, _, y in found)
    assert max(y for _, _, y in found if y < 281) < 280
    assert len(foot) <= 2


def test_the_longest_names_still_take_one_page() -> None:
    text = printed(LONG)

    assert PIN in text
    assert "Mit freundlichen Grüßen" in text
    assert "VEREINIGTES KÖNIGREICH" in text
    assert "…" in text


def test_a_long_address_is_set_smaller_before_it_is_cut() -> None:
    name = "Gesellschaft für handwerkliche Denkmalpflege und Restaurierung historischer " * 2
    lines = letter.address_lines(name, "Hauptstraße 1", "01067", "Dresden", "Österreich")

    text = printed(replace(FACTS, recipient=lines))

    assert f"{name}Hauptstraße 1 01067 Dresden ÖSTERREICH" in text
    assert "…" not in text


def test_a_pin_ordered_by_a_person_is_for_that_account() -> None:
    text = printed(replace(FACTS, requested_on=None))

    assert "für Ihren Betrieb wurde online eine PIN bestellt" in text
    assert "mit dem Konto an, mit dem die PIN bestellt wurde" in text
    assert "Wenn Sie die Person nicht kennen" in text


def test_a_pin_nobody_signed_in_for_says_what_to_do_about_it() -> None:
    text = printed(replace(FACTS, requested_by=None))

    assert "wir wurden am 20. November 2026 online um eine PIN für Ihren Betrieb gebeten" in text
    assert "Wenn bei Ihnen niemand um die PIN gebeten hat, müssen Sie nichts tun." in text
    assert "Bestellt von" not in text


def test_a_pin_sent_by_the_chamber_raises_no_doubt() -> None:
    text = printed(replace(FACTS, requested_by=None, by_chamber=True, branch=None))

    assert "mit dieser PIN verknüpfen Sie Ihr Konto mit Ihrem Betrieb" in text
    assert "Sie haben keine PIN bestellt?" not in text
    assert "Filialnummer" not in text


def test_a_long_name_of_the_number_keeps_clear_of_the_lines_below() -> None:
    text = printed(replace(FACTS, number_label="Kundennummer der Kammer für Handwerk und Handel"))

    assert "Kundennummer der Kammer für Handwerk" in text
    assert text.index("Kundennummer") < text.index("0034567") < text.index("Filialnummer")


def test_equal_facts_give_equal_bytes() -> None:
    assert paper.pdf(FACTS) == paper.pdf(replace(FACTS))
    assert paper.pdf(FACTS) != paper.pdf(replace(FACTS, pin="234567"))


def test_the_file_is_archivable_and_names_its_language() -> None:
    file = reader(FACTS)
    described = file.xmp_metadata

    assert file.trailer["/Root"]["/Lang"] == "de-DE"
    assert described is not None
    assert described.dc_title == {"x-default": "PIN-Brief 0034567-001 Tischlerei Żółć & Söhne GmbH"}
    assert (described.pdfaid_part, described.pdfaid_conformance) == ("2", "U")
    assert described.xmp_create_date == dt.datetime(2026, 11, 23)  # noqa: DTZ001  pypdf's UTC


def test_neither_metadata_nor_code_hold_the_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    payloads = []
    make = paper.segno.make
    monkeypatch.setattr(
        paper.segno, "make", lambda text, **how: payloads.append(text) or make(text, **how)
    )

    data = paper.pdf(FACTS)

    assert payloads == ["https://konto.hwk.example/business/link?number=0034567-001"]
    assert PIN.encode() not in data


def test_the_code_carries_on_an_address_that_has_a_query() -> None:
    facts = replace(FACTS, branch=None, number="A&1", start_url="https://konto.example/?lang=de")

    assert letter.qr_payload(facts) == "https://konto.example/?lang=de&number=A%261"


def test_a_name_cannot_add_lines_or_turn_the_text_around() -> None:
    nasty = "Evil\r\nPIN: 1\u202e2\u2066\x00\x1b[1m\u2028Gewinn\u200b\ud800"

    text = printed(replace(FACTS, requested_by=nasty, recipient=(nasty, "Weg 1", "01067 Dresden")))

    assert "Bestellt von Evil PIN: 12[1m Gewinn" in text
    assert "Evil PIN: 12[1m Gewinn Weg 1 01067 Dresden" in text


def test_signs_the_font_lacks_become_their_letters_or_a_question_mark() -> None:
    text = printed(replace(FACTS, business_name="𝐁äcker 王 😀 Ａ e\u20dd שלום"))

    assert "Betrieb Bäcker ? ? A e ????" in text


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_name_breaks_the_letter(name: str, person: str) -> None:
    lines = letter.address_lines(name, person, "01067", "Dresden")

    text = printed(replace(FACTS, business_name=name, requested_by=person, recipient=lines))

    assert PIN in text


@pytest.mark.parametrize("country", ["", "DE", "de", "Deutschland", " DEUTSCHLAND "])
def test_at_home_an_address_has_no_country(country: str) -> None:
    lines = letter.address_lines("Alpha GmbH", "Weg 1", "01067", "Dresden", country)

    assert lines == ("Alpha GmbH", "Weg 1", "01067 Dresden")


@pytest.mark.parametrize(
    ("country", "line"), [("AT", "ÖSTERREICH"), ("Schweiz", "SCHWEIZ"), ("ch", "SCHWEIZ")]
)
def test_abroad_the_country_stands_last_in_capitals(country: str, line: str) -> None:
    assert letter.address_lines("Alpha", "Weg 1", "5020", "Ort", country)[-1] == line


def test_an_address_has_no_blank_lines() -> None:
    assert letter.address_lines("Alpha\nGmbH", " ", "", " Ort ") == ("Alpha GmbH", "Ort")
