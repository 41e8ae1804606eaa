"""Businesses as the chamber's software exports them: a CSV file in, rows and problems out.

Pure reading; `registry.py` stores what comes out. Every problem of a file is told at once with
the line of the file on which its row starts, so that one round of corrections is enough.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from idp.errors import Refused

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 1_000_000

# Column -> longest value and header names, these without case, blanks and signs, and with ss for ß.
_COLUMNS = {
    "number": (40, "number betriebsnummer betriebsnr"),
    "branch": (20, "branch filialnummer filialnr filiale"),
    "name": (200, "name firma firmenname"),
    "street": (200, "street strasse strassehausnummer strasseundhausnummer"),
    "postcode": (10, "postcode plz postleitzahl"),
    "city": (100, "city ort stadt"),
    "country": (60, "country land"),
    "status": (20, "status"),
    "trade": (200, "trade gewerk handwerk"),
}
_COLUMN_OF = {name: column for column, (_, names) in _COLUMNS.items() for name in names.split()}
_REQUIRED = ("number", "name", "street", "postcode", "city")
_CLOSED = {"closed", "geschlossen", "gelöscht", "geloescht", "erloschen", "inaktiv", "inactive"}
_ACTIVE = {"", "active", "aktiv", "eingetragen"}
_GERMANY = {"", "de", "d", "deutschland", "germany"}
_UNREADABLE = "\ufffd"
Key = tuple[str, str | None]


@dataclass(frozen=True)
class Row:
    """One business, cleaned, with the line where it starts; status is "active" or "closed"."""

    line: int
    number: str
    branch: str | None
    name: str
    street: str
    postcode: str
    city: str
    country: str
    status: str
    trade: str


@dataclass(frozen=True)
class RowProblem:
    """What is wrong where; `value_shown` is short and safe to print on a terminal."""

    line: int
    column: str
    code: str
    value_shown: str


@dataclass
class Sheet:
    """The good rows, the problems, and notes that stop nothing."""

    rows: list[Row] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    notes: list[RowProblem] = field(default_factory=list)

    def refuse(self, line: int, column: str, code: str, value: str) -> None:
        """Remember what is wrong where."""
        self.problems.append(RowProblem(line, column, code, _shown(value)))


def read(data: bytes, *, number_regex: str, branch_regex: str) -> Sheet:
    """Read an export; bad input of any kind becomes a problem, never an exception."""
    sheet = Sheet()
    if len(data) > MOST_BYTES:
        sheet.refuse(1, "", "file_too_large", f"{len(data)} B")
        return sheet
    lines = _lines(_decoded(data), sheet)
    columns = _columns(next(lines, (1, []))[1], sheet)
    if columns:
        _read_rows(lines, columns, _Rows(number_regex, branch_regex, sheet))
    return sheet


def parse_number(text: str, branch_text: str, number_regex: str, branch_regex: str) -> Key:
    """The key of a business from one or two fields, as freely as people type it.

    The number alone is tried first, so that blanks inside it never make a branch of its tail.
    """
    number, tail = _fitting(number_regex, text), ""
    if number is None:
        head, tail = split_key(text)
        number = _fitting(number_regex, head)
    if number is None:
        raise Refused("number_invalid")
    branches = {_fitting(branch_regex, part) for part in (branch_text, tail) if part.strip()}
    if len(branches) > 1 or None in branches:
        raise Refused("branch_invalid")
    return number, branches.pop() if branches else None


def split_key(text: str) -> tuple[str, str]:
    """Cut "1234567/001", "1234567-001" or "1234567 001" in two; without a cut the tail is empty."""
    found = re.fullmatch(r"\s*(.*\w)(?:\s*[/\-‐-―−]\s*|\s+)(\w+)\s*", _visible(text))
    return (found[1], found[2]) if found else (text, "")


def _fitting(regex: str, text: str) -> str | None:
    """The text without blanks and dots, if it fits; ASCII, so that no other digits make a twin."""
    plain = re.sub(r"[\s.]", "", _visible(text))
    return plain if 0 < len(plain) <= 40 and re.fullmatch(regex, plain, re.ASCII) else None


def _visible(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")


def _decoded(data: bytes) -> str:
    """UTF-8, or else what older Windows programs write.

    UTF-8 with a few broken bytes stays UTF-8, or all its umlauts would be spoiled unnoticed.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    text = data.decode("utf-8", errors="replace")
    broken = text.count(_UNREADABLE) - data.count(_UNREADABLE.encode())
    if 2 * broken > len(re.findall(r"[^\x00-\x7f]", text)):
        return data.decode("cp1252", errors="replace")
    return text


def _lines(text: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with its first line; unreadable ones become problems."""
    delimiter = max(";,\t", key=re.split(r"[\r\n]", text.strip(), maxsplit=1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sheet.refuse(line, "", "row_unreadable", str(error))
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _columns(header: list[str], sheet: Sheet) -> list[str]:
    """The column of each cell ("" where we know none), or nothing if the header is unusable."""
    folded = [re.sub(r"[\W_]", "", _visible(title)).casefold() for title in header]
    columns = [_COLUMN_OF.get(title, "") for title in folded]
    unknown = [_shown(title) for title, known in zip(header, columns, strict=True) if not known]
    sheet.notes += [RowProblem(1, title, "column_unknown", title) for title in unknown if title]
    missing = [column for column in _REQUIRED if column not in columns]
    double = [column for column in _COLUMNS if columns.count(column) > 1]
    for code, names in (("column_missing", missing), ("column_double", double)):
        if names:
            sheet.refuse(1, ", ".join(names), code, ", ".join(header))
    return [] if missing or double else columns


@dataclass
class _Rows:
    """What the rows of one file are measured against, the keys seen so far among it."""

    number_regex: str
    branch_regex: str
    sheet: Sheet
    seen: set[Key] = field(default_factory=set)

    def read(self, line: int, cells: dict[str, str]) -> None:
        """Check one row whole, so that all its problems are told together."""
        values = _values(cells)
        bad = {column: "bad_character" for column in values if _bad(cells.get(column, ""))}
        found = _misfits(values) | bad
        key = self._key(values.pop("number"), values.pop("branch"), found)
        for column, code in found.items():
            self.sheet.refuse(line, column, code, cells.get(column, ""))
        if key and not found:
            self.sheet.rows.append(Row(line, *key, **values))

    def _key(self, number: str, branch: str, found: dict[str, str]) -> Key | None:
        """The key, if it can be read; what is wrong with it goes to the other findings."""
        try:
            key = parse_number(number, branch, self.number_regex, self.branch_regex)
        except Refused as refused:
            in_branch = branch and refused.code == "branch_invalid"
            found.setdefault("branch" if in_branch else "number", refused.code)
            return None
        if key in self.seen:
            found.setdefault("number", "duplicate")
        self.seen.add(key)
        return key


def _read_rows(lines: Iterator[tuple[int, list[str]]], columns: list[str], rows: _Rows) -> None:
    for count, (line, cells) in enumerate(lines, 1):
        if count > MOST_ROWS:
            rows.sheet.refuse(line, "", "too_many_rows", str(MOST_ROWS))
            return
        if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
            rows.sheet.refuse(line, "", "row_length", f"{len(cells)} / {len(columns)}")
        else:
            rows.read(line, dict(zip(columns, cells, strict=False)))


def _values(cells: dict[str, str]) -> dict[str, str]:
    """Each column on one line in composed characters; a formula stays the text it is."""
    normal = {column: unicodedata.normalize("NFC", cells.get(column, "")) for column in _COLUMNS}
    values = {column: " ".join(cell.split()) for column, cell in normal.items()}
    status, country = values["status"].casefold(), values["country"].casefold()
    values["status"] = "active" if status in _ACTIVE else "closed" if status in _CLOSED else "?"
    values["country"] = "DE" if country in _GERMANY else values["country"]
    return values


def _misfits(values: dict[str, str]) -> dict[str, str]:
    """Column -> what is wrong with its value. A closed business may have lost its address."""
    needed = ("number", "name") if values["status"] == "closed" else _REQUIRED
    found = {column: "value_missing" for column in needed if not values[column]}
    found |= {c: "too_long" for c, (most, _) in _COLUMNS.items() if len(values[c]) > most}
    if values["status"] == "?":
        found["status"] = "status_unknown"
    if values["country"] == "DE" and not re.fullmatch(r"[0-9]{5}|", values["postcode"]):
        # Spreadsheets eat leading zeros; a letter to 1067 Dresden would not arrive.
        found["postcode"] = "postcode_invalid"
    return found


def _bad(cell: str) -> bool:
    """Whether it holds control, direction or other invisible characters, or unreadable bytes."""
    return any(
        sign == _UNREADABLE or (sign not in "\t\r\n" and unicodedata.category(sign)[0] == "C")
        for sign in cell
    )


def _shown(value: str) -> str:
    """Short, on one line, and harmless wherever it is printed."""
    safe = "".join(_UNREADABLE if _bad(sign) else sign for sign in value[:40])
    return " ".join(safe.split())
