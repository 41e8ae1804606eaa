"""Nothing of ours writes or locks rows outside `Core.writing`.

On PostgreSQL each statement outside is a transaction of its own: half of a change would stay when
the other half fails, and a lock would be gone at once.
"""

import re
import sys
from pathlib import Path
from types import FrameType

from sqlalchemy import Connection, Engine, event

import idp

HOUSE = str(Path(str(idp.__file__)).parent)
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b|.*\bFOR (NO KEY |KEY )?(UPDATE|SHARE)\b", re.S)


def only_in_transactions(engine: Engine) -> None:
    """Let a statement of ours fail that writes where it must not; tests may do as they like."""
    event.listen(engine, "before_cursor_execute", _check)


def _check(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    if connection.get_execution_options().get("writing") or not WRITES.match(statement):
        return
    asks = _first_of_ours(sys._getframe(1))
    assert not asks.startswith(HOUSE), f"{asks} writes outside Core.writing: {statement[:80]}"


def _first_of_ours(frame: FrameType | None) -> str:
    while frame and "site-packages" in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""
