"""Counters that decide: reserve first, check after, in one atomic statement on either database.

A try is counted before it is judged, so parallel guesses cannot beat the count (CVE-2024-4629).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Executable, case, delete, select
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
    row = core.db.execute(_counting(core, limit, key, now)).one_or_none()
    if row:
        return row.value, row.next_at
    waiting = core.db.scalars(select(Counter.next_at).where(Counter.key == key)).one_or_none()
    return None, waiting or now


def _counting(core: Core, limit: Limit, key: str, now: datetime) -> Executable:
    """Return the statement that counts and answers, unless the counter has to wait."""
    ends = now + limit.window
    insert = postgresql_insert if core.db.get_bind().dialect.name == "postgresql" else sqlite_insert
    over = Counter.ends_at <= now
    value = case((over, 1), else_=Counter.value + 1)
    # Well before now: clocks of parallel tries differ by microseconds, and nobody must wait for
    # a try that is still free.
    first = ends if limit.most == 1 else now - limit.window
    next_at = case(
        (over, first),
        *[(value >= tries, now + wait) for tries, wait in reversed(limit.waits())],
        (value >= limit.most, Counter.ends_at),
        else_=Counter.next_at,
    )
    return (
        insert(Counter)
        .values(key=key, value=1, ends_at=ends, next_at=first)
        .on_conflict_do_update(
            index_elements=[Counter.key],
            set_={
                "value": value,
                "ends_at": case((over, ends), else_=Counter.ends_at),
                "next_at": next_at,
            },
            where=over | (Counter.next_at <= now),
        )
        .returning(Counter.value, Counter.next_at)
    )
