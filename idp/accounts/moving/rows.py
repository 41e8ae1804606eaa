"""One row of a file becomes an account to be, or everything that is wrong with it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.accounts.models import NameKind, State
from idp.accounts.moving.columns import COLUMN_OF, COLUMNS, Judge, Odd
from idp.accounts.moving.files import Header, Record, RowProblem, bad
from idp.accounts.people import email_key

Names = tuple[tuple[NameKind, str], ...]
# Nobody else may have such a name.
ALONE = (NameKind.EMAIL, NameKind.ID)


@dataclass(frozen=True)
class Entry:
    """An account to be; `names` are kind and key of what else it is known by."""

    line: int
    email: str
    email_key: str
    email_verified_at: datetime | None
    given_name: str | None
    family_name: str | None
    locale: str
    state: State
    password_hash: str | None
    claims: Mapping[str, str]
    created_at: datetime
    names: Names

    @property
    def name(self) -> str:
        """Given and family name as written in a mail."""
        return " ".join(part for part in (self.given_name, self.family_name) if part)

    @property
    def keys(self) -> list[tuple[NameKind, str]]:
        """What nobody else may have: addresses old and new, the old identifier."""
        alone = [(kind, key) for kind, key in self.names if kind in ALONE]
        return [(NameKind.EMAIL, self.email_key), *alone]


def header(found: Header) -> list[RowProblem]:
    """Return what is wrong with the titles of a table."""
    columns = [COLUMN_OF[title] for title in found.titles if title in COLUMN_OF]
    double = sorted({column for column in columns if columns.count(column) > 1})
    problems = [RowProblem(1, column, "column_double") for column in double]
    if "email" not in columns:
        problems.append(RowProblem(1, "email", "column_missing"))
    return problems


def unknown(titles: object) -> set[str]:
    """Return the titles that nobody reads, safe to be printed."""
    wanted = titles if isinstance(titles, tuple | dict) else ()
    return {"".join(s for s in t[:40] if s.isprintable()) for t in wanted if t not in COLUMN_OF}


def entry(record: Record, judge: Judge) -> Entry | list[RowProblem]:
    """Return the account to be, or all that is wrong with the row."""
    values: dict[str, Any] = {}
    cells, problems = _cells(record)
    for name in COLUMNS:
        try:
            values[name] = _value(name, cells.get(name, ""), judge)
        except Odd as odd:
            problems.append(RowProblem(record.line, name, odd.code))
    return problems or _composed(record.line, values, judge)


def _cells(record: Record) -> tuple[dict[str, str], list[RowProblem]]:
    """Return the values by column; two that say different things of one column are a problem."""
    cells: dict[str, str] = {}
    problems: list[RowProblem] = []
    for title, cell in record.cells.items():
        name = COLUMN_OF.get(title)
        if name and cells.get(name) and cell and cells[name] != cell:
            problems.append(RowProblem(record.line, name, "column_double"))
        elif name:
            cells[name] = cells.get(name) or cell
    return cells, problems


def _value(name: str, cell: str, judge: Judge) -> object:
    column = COLUMNS[name]
    # Normalising is quadratic for a run of marks, and no sign has more than three before it.
    if len(cell) > 4 * column.longest:
        raise Odd("too_long")
    text = unicodedata.normalize("NFC", cell).strip()
    if len(text) > column.longest:
        raise Odd("too_long")
    if bad(text):
        raise Odd("bad_character")
    return column.read(text, judge)


def _composed(line: int, values: dict[str, Any], judge: Judge) -> Entry | list[RowProblem]:
    numbers = _numbers(values["customer_number"], values["old_customer_number"], judge)
    if numbers is None:
        return [RowProblem(line, "customer_number", "number_unmapped")]
    key = email_key(values["email"])
    former = {email_key(old) for old in values["old_email"]} - {key}
    identity = ((NameKind.ID, values["old_id"]),) if values["old_id"] else ()
    birthdate = values["birthdate"]
    return Entry(
        line=line,
        email=values["email"],
        email_key=key,
        email_verified_at=values["email_verified"],
        given_name=values["given_name"],
        family_name=values["family_name"],
        locale=values["locale"],
        state=values["state"],
        password_hash=values["password_hash"],
        claims={"birthdate": birthdate} if birthdate else {},
        created_at=values["created_at"] or judge.now,
        names=(*((NameKind.EMAIL, one) for one in sorted(former)), *identity, *numbers),
    )


def _numbers(number: str | None, old: str | None, judge: Judge) -> Names | None:
    """Return the customer numbers of today and of before; None if a number has no translation."""
    before = {old}
    if judge.numbers is not None and (said := number or old):
        if said not in judge.numbers:
            return None
        number, before = judge.numbers[said], {old, said}
    today = ((NameKind.CUSTOMER, number),) if number else ()
    return (*today, *((NameKind.OLD_CUSTOMER, key) for key in sorted(filter(None, before))))
