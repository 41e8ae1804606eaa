"""Counters that decide: reserve first, check after, in one atomic statement on either database.

A try is counted before it is judged, so parallel guesses cannot beat the count (CVE-2024-4629).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import BindParameter, Executable, bindparam, case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.accounts.models import Counter
from idp.core import Core
from idp.errors import Throttled
from idp.seal import fingerprint


@dataclass(frozen=True)
class Limit:
    """`most` tries in a `window`; after `free` of them each one waits longer, up to `longest`."""

    name: str
    most: int
    window: timedelta
    free: int = 0
    longest: timedelta = timedelta(0)

    def waits(self) -> list[tuple[int, timedelta]]:
        """Return the waiting time after the n-th try: 2, 4, 8 … seconds."""
        if not self.longest:
            return []
        steps: list[tuple[int, timedelta]] = []
        wait = timedelta(seconds=2)
        while wait < self.longest:
            steps.append((self.free + len(steps), wait))
            wait *= 2
        return [*steps, (self.free + len(steps), self.longest)]


def key_of(limit: Limit, *subject: str) -> str:
    """Name a counter without storing what it counts: addresses stay out of the table."""
    return f"{limit.name}:{fingerprint(chr(31).join(subject))}"


def spend(core: Core, limit: Limit, *subject: str) -> None:
    """Count one try; raises Throttled, with the seconds to wait, when there are none left."""
    with core.writing():
        value, next_at = _count(core, limit, key_of(limit, *subject))
    wait = (next_at - core.clock.now()).total_seconds()
    if value is None or value > limit.most:
        raise Throttled(max(1, round(wait + 0.5)))


def forgive(core: Core, limit: Limit, *subject: str) -> None:
    """Forget the tries, after one that was right."""
    with core.writing():
        core.db.execute(delete(Counter).where(Counter.key == key_of(limit, *subject)))


def _count(core: Core, limit: Limit, key: str) -> tuple[int | None, datetime]:
    """Return the new count, or None when the wait is not over, and when the next may come."""
    now = core.clock.now()
    ends = now + limit.window
    moments: dict[str, object] = {f"wait{n}": now + wait for n, (_, wait) in _ladder(limit)}
    # Well before now: clocks of parallel tries differ by microseconds, and nobody must wait for
    # a try that is still free.
    moments |= {"now": now, "ends": ends, "first": ends if limit.most == 1 else now - limit.window}
    statement = _counting(limit, core.db.get_bind().dialect.name)
    row = core.db.execute(statement, moments | {"counter": key}).one_or_none()
    if row:
        return row.value, row.next_at
    waiting = core.db.scalars(select(Counter.next_at).where(Counter.key == key)).one_or_none()
    return None, waiting or now


def _ladder(limit: Limit) -> list[tuple[int, tuple[int, timedelta]]]:
    return list(enumerate(limit.waits()))


@lru_cache(maxsize=64)
def _counting(limit: Limit, dialect: str) -> Executable:
    """Return the statement that counts and answers, unless the counter has to wait.

    Built once a limit: it is the longest one of a sign-in.
    """
    table = Counter.__table__
    insert = postgresql_insert if dialect == "postgresql" else sqlite_insert
    now, ends, first = (_moment(name) for name in ("now", "ends", "first"))
    over = table.c.ends_at <= now
    value = case((over, 1), else_=table.c.value + 1)
    waits = [(value >= tries, _moment(f"wait{n}")) for n, (tries, _) in reversed(_ladder(limit))]
    spent = (value >= limit.most, table.c.ends_at)
    return (
        insert(table)  # type: ignore[arg-type]
        .values(key=bindparam("counter"), value=1, ends_at=ends, next_at=first)
        .on_conflict_do_update(
            index_elements=[table.c.key],
            set_={
                "value": value,
                "ends_at": case((over, ends), else_=table.c.ends_at),
                "next_at": case((over, first), *waits, spent, else_=table.c.next_at),
            },
            where=over | (table.c.next_at <= now),
        )
        .returning(table.c.value, table.c.next_at)
    )


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=Counter.__table__.c.ends_at.type)
