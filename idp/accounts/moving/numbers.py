"""New customer numbers for old ones: a table of two columns, old and new."""

import csv
from dataclasses import dataclass
from pathlib import Path

from idp.accounts.moving.files import MOST_LINE, RowProblem, bad, look

LONGEST = 40
TITLES = ("old", "alt", "alte kundennummer", "old_customer_number")


@dataclass(frozen=True)
class Numbers:
    """The translations, the checksum of their file, and what is wrong with it."""

    new: dict[str, str]
    digest: str
    problems: list[RowProblem]


def read(path: Path) -> Numbers:
    """Read a table of numbers; a first row of titles is passed over."""
    source = look(path)
    found = Numbers({}, source.digest, [])
    with path.open("r", encoding=source.encoding, errors="replace", newline="") as file:
        delimiter = max(";,\t", key=file.readline(MOST_LINE).count)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for cells in reader:
                row = [cell.strip() for cell in cells]
                if any(row) and not (reader.line_num == 1 and row[0].casefold() in TITLES):
                    _take(found, reader.line_num, row)
        except csv.Error:
            found.problems.append(RowProblem(reader.line_num, "--map", "row_unreadable"))
    return found


def _take(found: Numbers, line: int, row: list[str]) -> None:
    if len(row) != 2 or not all(0 < len(cell) <= LONGEST and not bad(cell) for cell in row):
        found.problems.append(RowProblem(line, "--map", "number_invalid"))
    elif found.new.setdefault(row[0], row[1]) != row[1]:
        found.problems.append(RowProblem(line, "--map", "duplicate"))
