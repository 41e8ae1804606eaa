"""Reading a file of accounts: whatever stands in it, every row or a problem with its line."""

import json
import time
from pathlib import Path

import pytest

from idp.accounts.moving import files, numbers
from idp.accounts.moving.files import Header, Record, RowProblem
from tests.accounts.files import written

CSV = "E-Mail;Vorname\nanna@beispiel.test;Anna\nben@beispiel.test;Ben\n"


def read(folder: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> list[object]:
    return list(files.records(files.look(written(folder, text, name, encoding))))


def cells(found: list[object]) -> list[dict[str, str]]:
    return [record.cells for record in found if isinstance(record, Record)]


def broken(found: list[object]) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in found if isinstance(one, RowProblem)]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_tables_come_as_programs_write_them(
    tmp_path: Path, delimiter: str, end: str, encoding: str
) -> None:
    text = CSV.replace(";", delimiter).replace("Anna", "Änne").replace("\n", end)

    found = read(tmp_path, text, encoding=encoding)

    assert found[0] == Header(("email", "vorname"))
    assert cells(found) == [
        {"email": "anna@beispiel.test", "vorname": "Änne"},
        {"email": "ben@beispiel.test", "vorname": "Ben"},
    ]
    assert [one.line for one in found if isinstance(one, Record)] == [2, 3]


def test_a_few_broken_bytes_do_not_spoil_all_umlauts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"email;vorname\n" + "a;Käthe Größe Jürgen\nb;".encode() + b"\xff\n")

    found = list(files.records(files.look(path)))

    assert [one["vorname"] for one in cells(found)] == ["Käthe Größe Jürgen", files.UNREADABLE]


def test_a_row_over_several_lines_is_told_by_its_first(tmp_path: Path) -> None:
    text = CSV + 'carl@beispiel.test;"Carl\n\nMaria"\n\n;\ndora@beispiel.test;Dora\n'

    found = read(tmp_path, text)

    assert [one.line for one in found if isinstance(one, Record)] == [2, 3, 4, 9]


def test_rows_that_cannot_be_read_are_told_and_the_others_are_read(tmp_path: Path) -> None:
    text = CSV + 'x"y;z\nkurz\nzu;viele;Zellen\n"offen" x;y\nemil@beispiel.test;Emil;;\n'

    found = read(tmp_path, text)

    assert broken(found) == [(5, "row_length"), (6, "row_length"), (7, "row_unreadable")]
    assert cells(found)[-1]["vorname"] == "Emil"


@pytest.mark.parametrize("text", ["email;x\n" + "a" * 100_001, '{"email": "' + "a" * 100_001])
def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text + "\nb;c\n")

    assert broken(found)[-1][1] == "line_too_long"
    assert cells(found) == []


def test_a_quote_that_never_ends_takes_no_more_than_a_field(tmp_path: Path) -> None:
    found = read(tmp_path, 'email;x\n"' + "a;b\n" * 100_000)

    assert broken(found)[0] == (2, "row_unreadable")


def test_a_title_that_stands_twice_stops_all(tmp_path: Path) -> None:
    found = read(tmp_path, "email;E-Mail\na;b\n")

    assert found == [RowProblem(1, "email", "column_double")]


def test_an_empty_file_has_a_header_without_titles(tmp_path: Path) -> None:
    assert read(tmp_path, "") == [Header(())]
    assert read(tmp_path, " \n\n") == [Header(())]


def test_json_lines_hold_texts_numbers_lists_and_nothing(tmp_path: Path) -> None:
    rows = [
        {"email": "a@b.test", "Old E-Mail": ["x@b.test", "y@b.test"], "emailVerified": True},
        {"email": "c@b.test", "createdTimestamp": 1700000000000, "firstName": None,
         "credentials": [{"type": "password"}]},
    ]  # fmt: skip

    found = read(tmp_path, "\n" + "\n\n".join(json.dumps(row) for row in rows), "a.jsonl")

    assert cells(found) == [
        {"email": "a@b.test", "oldemail": "x@b.test y@b.test", "emailverified": "true"},
        {"email": "c@b.test", "createdtimestamp": "1700000000000", "firstname": "",
         "credentials": '[{"type": "password"}]'},
    ]  # fmt: skip
    assert [one.line for one in found if isinstance(one, Record)] == [2, 4]


@pytest.mark.parametrize("line", ["{", "{}x", "[1]", '"x"', "7", '{"a":' * 5000, "email;x"])
def test_lines_that_are_no_objects_are_told(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, '{"email": "a@b.test"}\n' + line)

    assert broken(found) == [(2, "row_unreadable")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_its_mark(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, f"\ufeff{CSV}", encoding=encoding)

    assert cells(list(files.records(files.look(path))))[0]["email"] == "anna@beispiel.test"


def test_titles_full_of_marks_are_read_at_once(tmp_path: Path) -> None:
    begun, marks = time.thread_time(), "\u0327\u0301" * 40_000

    read(tmp_path, f"email;{marks}\na@beispiel.test;b\n")
    read(tmp_path, json.dumps({"email": "a@beispiel.test", marks: "b"}, ensure_ascii=False))

    assert time.thread_time() - begun < 1


def test_one_name_twice_in_a_record_must_not_say_different_things(tmp_path: Path) -> None:
    found = read(tmp_path, '{"E-Mail": "a@b.test", "email": "c@d.test"}\n{"id": 1, "I-D": 1}\n')

    assert broken(found) == [(1, "column_double")]
    assert cells(found) == [{"id": "1"}]


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    source = files.look(written(tmp_path, "abc"))

    assert source.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (source.size, source.encoding) == (3, "utf-8-sig")


# --- customer numbers


@pytest.mark.parametrize("head", ["", "alt;neu\n", "old,new\n"])
def test_a_table_of_numbers_has_old_and_new(tmp_path: Path, head: str) -> None:
    delimiter = "," if "," in head else ";"

    found = numbers.read(written(tmp_path, f"{head}K1{delimiter}4711\n\n K2 {delimiter} 4712 \n"))

    assert (found.new, found.problems) == ({"K1": "4711", "K2": "4712"}, [])


def test_what_is_wrong_in_a_table_of_numbers_is_told_with_its_line(tmp_path: Path) -> None:
    text = "alt;neu\nK1;1\nK1;1\nK1;2\nK2\nK3;\nK4;\u202e4\nK5;5;5\n" + "9" * 41 + ";1\n"

    found = numbers.read(written(tmp_path, text))

    assert found.new == {"K1": "1"}
    assert [(p.line, p.code) for p in found.problems] == [
        (4, "duplicate"), *((line, "number_invalid") for line in range(5, 10)),
    ]  # fmt: skip


def test_a_table_of_numbers_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    found = numbers.read(written(tmp_path, "K1;1\n" + "9" * 200_000 + ";1\n"))

    assert [(p.line, p.code) for p in found.problems] == [(2, "row_unreadable")]
