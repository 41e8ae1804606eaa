"""A file of accounts, read record by record and never whole: CSV with a header, or JSON Lines.

What cannot be read becomes a problem with its line, never an exception.
"""

import codecs
import csv
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

PIECE = 1 << 20
# Characters of one line: a person's data and the longest hash are far below.
MOST_LINE = 100_000
MOST_ROWS = 1_000_000
# Looked at of a column's title.
MOST_TITLE = 100
UNREADABLE = "\ufffd"
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class RowProblem:
    """What is wrong where; never the value itself, which is personal."""

    line: int
    column: str
    code: str


@dataclass(frozen=True)
class Source:
    """A file and what one look over it tells."""

    path: Path
    size: int
    digest: str
    encoding: str


@dataclass(frozen=True)
class Header:
    """The folded titles of a table."""

    titles: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One row: the line where it begins, its texts by folded column title, how far we are."""

    line: int
    cells: dict[str, str]
    position: int


def look(path: Path, encoding: str | None = None) -> Source:
    """Return checksum and encoding of a file: UTF-8, UTF-16 or what older Windows programs write.

    Others cannot be told apart, so `encoding` says which. UTF-8 with a few broken bytes stays
    UTF-8, or all its umlauts would be spoiled unnoticed.
    """
    digest, decoder = sha256(), codecs.getincrementaldecoder("utf-8")("replace")
    size = broken = special = 0
    with path.open("rb") as file:
        wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        file.seek(0)
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
            text = decoder.decode(piece)
            broken += text.count(UNREADABLE)
            special += len(text) - len(text.encode("ascii", "ignore"))
    seen = "utf-16" if wide else "cp1252" if 2 * broken > special else "utf-8-sig"
    return Source(path, size, digest.hexdigest(), encoding or seen)


Found = Header | Record | RowProblem


def records(source: Source) -> Iterator[Found]:
    """Yield the rows that hold anything, and problems where a row cannot be read."""
    with source.path.open("r", encoding=source.encoding, errors="replace", newline="") as file:
        first = file.read(1)
        while first.isspace():
            first = file.read(1)
        file.seek(0)
        yield from (_objects(file) if first == "{" else _table(file))


def folded(title: str) -> str:
    """Return a column title without case, blanks and signs: `E-Mail` and `email` are one."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", title[:MOST_TITLE])).casefold()


def bad(text: str) -> bool:
    """Tell whether it holds control, direction or other invisible signs, or unreadable bytes."""
    if text.isascii():
        return not text.isprintable()
    return any(sign == UNREADABLE or unicodedata.category(sign) in UNSEEN for sign in text)


class _LineTooLong(Exception):
    pass


def _lines(file: IO[str]) -> Iterator[str]:
    while line := file.readline(MOST_LINE + 1):
        if len(line) > MOST_LINE:
            raise _LineTooLong
        yield line


def _table(file: IO[str]) -> Iterator[Found]:
    head, before = file.readline(MOST_LINE), 0
    while head.isspace():
        head, before = file.readline(MOST_LINE), before + 1
    delimiter = max(";,\t", key=head.count)
    titles = [folded(title) for title in next(csv.reader([head], delimiter=delimiter), [])]
    double = {title for title in titles if title and titles.count(title) > 1}
    if double:
        yield RowProblem(1, ", ".join(sorted(double)), "column_double")
        return
    yield Header(tuple(titles))
    reader = csv.reader(_lines(file), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 2 + before
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield RowProblem(line, "", "row_unreadable")
            continue
        except _LineTooLong:
            yield RowProblem(line, "", "line_too_long")
            return
        if any(cell.strip() for cell in cells):
            yield _row(line, titles, cells, _position(file))


def _row(line: int, titles: list[str], cells: list[str], position: int) -> Found:
    if len(cells) < len(titles) or any(cell.strip() for cell in cells[len(titles) :]):
        return RowProblem(line, "", "row_length")
    return Record(line, dict(zip(titles, cells, strict=False)), position)


def _objects(file: IO[str]) -> Iterator[Found]:
    line = 0
    try:
        for line, text in enumerate(_lines(file), 1):
            if text.strip():
                yield _object(line, text, _position(file))
    except _LineTooLong:
        yield RowProblem(line + 1, "", "line_too_long")


def _object(line: int, text: str, position: int) -> Found:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return RowProblem(line, "", "row_unreadable")
    if not isinstance(found, dict):
        return RowProblem(line, "", "row_unreadable")
    cells: dict[str, str] = {}
    for name, value in found.items():
        if cells.setdefault(folded(name), text := _text(value)) != text:
            return RowProblem(line, folded(name), "column_double")
    return Record(line, cells, position)


def _text(value: object) -> str:
    """Return a JSON value as a table would hold it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return json.dumps(value)


def _position(file: IO[str]) -> int:
    """Return how many bytes were read, as far as anybody needs to know for a progress bar."""
    return int(file.buffer.tell())  # type: ignore[attr-defined]
