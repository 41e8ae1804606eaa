import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import Refused
from idp.pin import rows
from idp.pin.rows import Row, RowProblem, Sheet

NUMBER, BRANCH = r"\d{7}", r"\d{3}"
HEADER = "Betriebsnummer;Filialnummer;Name;Straße;PLZ;Ort;Land;Status;Gewerk\n"
GOOD = "1234567;001;Tischlerei Böhm;Sägestraße 1;01067;Dresden;;aktiv;Tischler\n"


def read(text: str | bytes) -> Sheet:
    data = text.encode() if isinstance(text, str) else text
    return rows.read(data, number_regex=NUMBER, branch_regex=BRANCH)


def codes(sheet: Sheet) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in sheet.problems]


def row(name: str = "Alpha GmbH", **changes: str) -> str:
    cells = {"number": "1234567", "branch": "", "name": name, "street": "Weg 1"}
    cells |= {"postcode": "12345", "city": "Ort", "country": "", "status": "", "trade": ""}
    return ";".join((cells | changes).values()) + "\n"


def test_a_row_is_read_as_the_register_has_it() -> None:
    sheet = read(HEADER + GOOD)

    assert sheet.problems == sheet.notes == []
    assert sheet.rows == [
        Row(
            line=2,
            number="1234567",
            branch="001",
            name="Tischlerei Böhm",
            street="Sägestraße 1",
            postcode="01067",
            city="Dresden",
            country="DE",
            status="active",
            trade="Tischler",
        )
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_usual_export_reads_alike(delimiter: str, ending: str, encoding: str) -> None:
    text = (HEADER + GOOD).replace(";", delimiter).replace("\n", ending)

    sheet = read(text.encode(encoding))

    assert sheet.problems == []
    assert sheet.rows == read(HEADER + GOOD).rows


def test_english_headers_in_any_order_and_case_are_understood() -> None:
    sheet = read('CITY,"Postcode",street,NAME, Number \nOrt,12345,Weg 1,"Beta, Söhne",0000001\n')

    assert sheet.problems == []
    assert (sheet.rows[0].number, sheet.rows[0].name) == ("0000001", "Beta, Söhne")
    assert (sheet.rows[0].branch, sheet.rows[0].trade) == (None, "")


def test_missing_columns_are_one_problem_at_the_first_line() -> None:
    sheet = read("Betriebsnummer;Firma;PLZ\n1234567;Alpha;12345\n")

    assert sheet.rows == []
    assert sheet.problems == [
        RowProblem(1, "street, city", "column_missing", "Betriebsnummer, Firma, PLZ")
    ]


def test_two_columns_of_one_meaning_are_refused() -> None:
    sheet = read("Nummer;number;Betriebsnummer;name;street;plz;ort\n")

    assert codes(sheet) == [(1, "number", "column_double")]
    assert [note.value_shown for note in sheet.notes] == ["Nummer"]


def test_an_unknown_column_is_only_noted() -> None:
    sheet = read("Betriebs-Nr.;Name;Straße;PLZ;Ort;Umsatz;\n1234567;A;W 1;12345;Ort;9;\n")

    assert sheet.notes == [RowProblem(1, "Umsatz", "column_unknown", "Umsatz")]
    assert sheet.problems == []
    assert len(sheet.rows) == 1


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", codecs.BOM_UTF8, b'"', b"\x00"])
def test_a_file_without_a_header_lacks_its_columns(data: bytes) -> None:
    sheet = read(data)

    assert sheet.rows == []
    assert codes(sheet)[-1] == (1, "number, name, street, postcode, city", "column_missing")


def test_line_breaks_in_quotes_count_as_lines_of_the_file() -> None:
    sheet = read(HEADER + row('"Alpha\r\nGmbH"') + "\n" + row("B", number="12"))

    assert [(r.line, r.name) for r in sheet.rows] == [(2, "Alpha GmbH")]
    assert codes(sheet) == [(5, "number", "number_invalid")]


def test_all_problems_of_a_file_are_told_at_once() -> None:
    bad = row("", number="", postcode="1067", status="vielleicht") + row("x" * 201, city="")

    sheet = read(HEADER + bad)

    assert sheet.rows == []
    assert sorted(codes(sheet)) == [
        (2, "name", "value_missing"),
        (2, "number", "value_missing"),
        (2, "postcode", "postcode_invalid"),
        (2, "status", "status_unknown"),
        (3, "city", "value_missing"),
        (3, "name", "too_long"),
    ]


@pytest.mark.parametrize(
    ("column", "most"), [("name", 200), ("street", 200), ("postcode", 10), ("city", 100)]
)
def test_a_value_may_fill_its_limit_and_no_more(column: str, most: int) -> None:
    fits = read(HEADER + row(**{"country": "AT", column: "x" * most}))
    over = read(HEADER + row(**{"country": "AT", column: "x" * (most + 1)}))

    assert fits.problems == []
    assert codes(over) == [(2, column, "too_long")]
    assert over.problems[0].value_shown == "x" * min(most + 1, 40)


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1c", "\u202e", "\u200b", "\ufffd", "\x7f"])
def test_invisible_signs_are_refused_and_shown_harmlessly(sign: str) -> None:
    sheet = read(HEADER + row(f"Al{sign}pha"))

    assert sheet.rows == []
    assert sheet.problems == [RowProblem(2, "name", "bad_character", "Al\ufffdpha")]


def test_broken_bytes_in_utf_8_are_reported_instead_of_spoiling_umlauts() -> None:
    data = (HEADER + GOOD).encode().replace(b"Dresden", b"Dr\xffsden")

    assert codes(read(data)) == [(2, "city", "bad_character")]


def test_a_formula_stays_text() -> None:
    sheet = read(HEADER + row("=cmd|' /C calc'!A0"))

    assert sheet.rows[0].name == "=cmd|' /C calc'!A0"


def test_a_second_row_of_the_same_key_is_reported_on_its_line() -> None:
    sheet = read(HEADER + GOOD + row() + row("Zweite", number="1234567-001"))

    assert [r.branch for r in sheet.rows] == ["001", None]
    assert sheet.problems == [RowProblem(4, "number", "duplicate", "1234567-001")]


def test_a_branch_is_blamed_where_it_was_written() -> None:
    sheet = read(HEADER + row(branch="X1") + row(number="1234567/X1"))

    assert codes(sheet) == [(2, "branch", "branch_invalid"), (3, "number", "branch_invalid")]


@pytest.mark.parametrize("status", ["closed", "Geschlossen", "GELÖSCHT", "erloschen"])
def test_a_closed_business_may_have_lost_its_address(status: str) -> None:
    sheet = read(HEADER + row(status=status, street="", postcode="", city=""))

    assert sheet.problems == []
    assert sheet.rows[0].status == "closed"


def test_a_foreign_postcode_is_taken_as_it_is() -> None:
    sheet = read(HEADER + row(postcode="A-5020", country="Österreich"))

    assert sheet.problems == []
    assert (sheet.rows[0].postcode, sheet.rows[0].country) == ("A-5020", "Österreich")


def test_rows_of_another_length_are_reported() -> None:
    sheet = read(
        HEADER + "1234567;001;Alpha\n" + row().strip() + ";zu viel\n" + GOOD.strip() + ";;"
    )

    assert codes(sheet) == [(2, "", "row_length"), (3, "", "row_length")]
    assert [r.line for r in sheet.rows] == [4]


def test_an_unreadable_row_is_reported_and_the_next_is_read() -> None:
    sheet = read(HEADER + row('"Alpha" GmbH') + GOOD)

    assert codes(sheet) == [(2, "", "row_unreadable")]
    assert [r.line for r in sheet.rows] == [3]


def test_a_quote_left_open_is_reported_where_its_row_starts() -> None:
    sheet = read(HEADER + GOOD + row('"Alpha') + row(number="7654321"))

    assert codes(sheet) == [(3, "", "row_unreadable")]


def test_a_file_beyond_the_limits_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 1)
    assert codes(read(HEADER + GOOD + row())) == [(3, "", "too_many_rows")]

    monkeypatch.setattr(rows, "MOST_BYTES", 10)
    assert codes(read(HEADER + GOOD)) == [(1, "", "file_too_large")]


@given(st.binary())
def test_no_bytes_break_the_reading(data: bytes) -> None:
    sheet = read(data)

    assert sheet.problems
    assert sheet.rows == []


@given(
    st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b";", b"\n", b'"', b"1234567"])))
)
def test_no_bytes_below_a_good_header_break_the_reading(parts: list[bytes]) -> None:
    sheet = read(HEADER.encode() + b"".join(parts))

    assert all(problem.line >= 1 and problem.code for problem in sheet.problems)
    assert all(r.number.isdigit() and len(r.number) == 7 for r in sheet.rows)


@given(st.text(), st.text())
def test_whatever_is_typed_as_a_number_fits_or_is_refused(text: str, branch: str) -> None:
    try:
        outcome = rows.parse_number(text, branch, NUMBER, BRANCH)[0]
    except Refused as refused:
        outcome = refused.code

    assert outcome in {"number_invalid", "branch_invalid"} or outcome.isdigit()


@pytest.mark.parametrize(
    ("text", "branch", "key"),
    [
        ("1234567", "", ("1234567", None)),
        (" 0034567 ", " 001", ("0034567", "001")),
        ("1.234.567", "", ("1234567", None)),
        ("123 4567", "", ("1234567", None)),
        ("1234567-001", "", ("1234567", "001")),
        ("1234567/001", "001", ("1234567", "001")),
        ("1234567 – 001", "", ("1234567", "001")),
        ("1234567 001", " ", ("1234567", "001")),
        ("123 45 67 001", "", ("1234567", "001")),
        ("１２３４５６７／００１", "", ("1234567", "001")),
        ("\u200b1234567\u00a0001", "", ("1234567", "001")),
    ],
)
def test_a_number_is_understood_as_typed(
    text: str, branch: str, key: tuple[str, str | None]
) -> None:
    assert rows.parse_number(text, branch, NUMBER, BRANCH) == key


@pytest.mark.parametrize(
    ("text", "branch", "code"),
    [
        ("", "", "number_invalid"),
        ("12345678", "", "number_invalid"),
        ("123456-001", "", "number_invalid"),
        ("١٢٣٤٥٦٧", "", "number_invalid"),
        ("1" * 41, "", "number_invalid"),
        ("1234567", "1", "branch_invalid"),
        ("1234567-01", "", "branch_invalid"),
        ("1234567-001", "002", "branch_invalid"),
    ],
)
def test_a_number_that_does_not_fit_is_refused(text: str, branch: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        rows.parse_number(text, branch, NUMBER, BRANCH)

    assert refused.value.code == code


def test_a_profile_may_have_signs_of_separation_inside_its_numbers() -> None:
    assert rows.parse_number("HWK-12", "", r"HWK-\d+", BRANCH) == ("HWK-12", None)
    assert rows.parse_number("HWK-12-001", "", r"HWK-\d+", BRANCH) == ("HWK-12", "001")


@pytest.mark.parametrize("text", ["1234567/001", "1234567-001", " 1234567 001 ", "1234567 / 001"])
def test_a_key_is_cut_at_its_last_separator(text: str) -> None:
    assert rows.split_key(text) == ("1234567", "001")


def test_a_key_without_separator_stays_whole() -> None:
    assert rows.split_key("1234567") == ("1234567", "")
