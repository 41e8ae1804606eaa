"""Names that nobody else may have: compared within the file, and with the accounts there are."""

from dataclasses import dataclass, field

from sqlalchemy import select

from idp.accounts.models import Account, AccountName, NameKind, State
from idp.accounts.moving.files import RowProblem
from idp.accounts.moving.rows import Entry
from idp.core import Core

COLUMNS = {
    NameKind.EMAIL: ("old_email", "address_taken"),
    NameKind.ID: ("old_id", "id_taken"),
}


@dataclass
class Seen:
    """The names of the file so far; of each only a hash, for a million must fit into memory."""

    lines: dict[int, int] = field(default_factory=dict)

    def add(self, line: int, kind: str, key: str) -> bool:
        """Remember a name; False when another line has it."""
        return self.lines.setdefault(hash((kind, key)), line) == line

    def twice(self, entry: Entry) -> list[RowProblem]:
        """Remember the names of a row; returns those that stood in the file before."""
        return [
            RowProblem(entry.line, _column(entry, kind, key), "duplicate")
            for kind, key in entry.keys
            if not self.add(entry.line, kind, key)
        ]

    def taken(self, core: Core, entries: list[Entry]) -> list[RowProblem]:
        """Return which names of these rows belong to an account; two statements for all."""
        keys = {key for entry in entries for _, key in entry.keys}
        owned = select(Account.email_key).where(
            Account.email_key.in_(keys), Account.state != State.PENDING
        )
        former = select(AccountName.kind, AccountName.key).where(
            AccountName.kind.in_(COLUMNS), AccountName.key.in_(keys)
        )
        found = {(NameKind.EMAIL, key) for key in core.db.scalars(owned)}
        found |= {(NameKind(kind), key) for kind, key in core.db.execute(former)}
        # Nothing stays open while the next rows are read.
        core.db.rollback()
        return [
            RowProblem(entry.line, _column(entry, kind, key), COLUMNS[kind][1])
            for entry in entries
            for kind, key in entry.keys
            if (kind, key) in found
        ]


def _column(entry: Entry, kind: NameKind, key: str) -> str:
    return "email" if (kind, key) == (NameKind.EMAIL, entry.email_key) else COLUMNS[kind][0]
