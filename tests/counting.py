"""Statements and commits of whatever happens in a block."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import event

NOT_COUNTED = re.compile(
    r"\s*(BEGIN|COMMIT|PRAGMA|ROLLBACK|SELECT pg_catalog|show )", re.IGNORECASE
)


@dataclass
class Counted:
    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def figures(self) -> tuple[int, int]:
        return len(self.statements), self.commits


@contextmanager
def counting(app: Flask) -> Iterator[Counted]:
    """Count what reaches the database; a commit counts when something was written before it."""
    counted, wrote = Counted(), [False]
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine

    def seen(_c: object, _cur: object, statement: str, *_: object) -> None:
        if not NOT_COUNTED.match(statement):
            counted.statements.append(statement)
            wrote[0] |= not statement.lstrip().upper().startswith("SELECT")

    def committed(_c: object) -> None:
        counted.commits += wrote[0]
        wrote[0] = False

    event.listen(engine, "before_cursor_execute", seen)
    event.listen(engine, "commit", committed)
    yield counted
    event.remove(engine, "before_cursor_execute", seen)
    event.remove(engine, "commit", committed)
