"""Importing the chamber's register: all of a file, or nothing when any of its rows is wrong."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Row, insert, select, text, update

from idp.accounts import audit, grants
from idp.accounts.grants import Grant
from idp.core import Core
from idp.pin import rows
from idp.pin.models import Business, Membership, Pin, PinState, Status, alive
from idp.pin.rows import RowProblem

T = TypeVar("T")

# Rows of one statement: large enough to be quick, small enough for any driver.
CHUNK = 500


@dataclass(frozen=True)
class Report:
    """What an import did, or would do; with problems it did nothing."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[RowProblem, ...] = ()


@dataclass
class _Plan:
    """What must be written: new rows, changed rows, and how many of these are closed now."""

    create: list[dict[str, Any]] = field(default_factory=list)
    change: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0
    unchanged: int = 0


def load(core: Core, data: bytes, *, dry_run: bool) -> Report:
    """Import a CSV file; known businesses are updated, those it does not name stay.

    Who was linked with a business that is closed now keeps the link but loses all grants of it.
    """
    business = core.settings.business
    sheet = rows.read(data, number_regex=business.number_regex, branch_regex=business.branch_regex)
    notes = tuple(sheet.notes)
    if sheet.problems:
        return Report(problems=tuple(sheet.problems), notes=notes)
    if dry_run:
        plan = _plan(core, sheet.rows)
    else:
        with core.writing():
            _alone(core)
            plan = _plan(core, sheet.rows)
            _write(core, plan)
    return Report(len(plan.create), len(plan.change), plan.unchanged, notes=notes)


def active(core: Core) -> list[rows.Key]:
    """Return the keys of all businesses that are entered, in their order."""
    found = core.db.execute(
        select(Business.number, Business.branch)
        .where(Business.status == Status.ACTIVE)
        .order_by(Business.number, Business.branch)
    )
    return [(number, branch or None) for number, branch in found]


def _alone(core: Core) -> None:
    """Let one import at a time compare and write; another waits, then sees what this one wrote.

    SQLite does so by itself. On PostgreSQL this lock stops writers of the table, never readers,
    and nobody else writes it.
    """
    if core.db.get_bind().dialect.name == "postgresql":
        core.db.execute(text("LOCK TABLE business IN SHARE ROW EXCLUSIVE MODE"))


def _plan(core: Core, wanted: list[rows.Row]) -> _Plan:
    stored = core.db.execute(select(*Business.__table__.c))
    known = {(row.number, row.branch): row for row in stored}
    plan, now = _Plan(), core.clock.now()
    for row in wanted:
        values = _values(row)
        before = known.get((values["number"], values["branch"]))
        if before is None:
            fresh = {"id": f"b_{core.chance.token(9)}", "created_at": now, "updated_at": now}
            plan.create.append(fresh | values)
        elif _differs(before, values):
            plan.change.append({"id": before.id, "updated_at": now} | values)
            if before.status == Status.ACTIVE and values["status"] == Status.CLOSED:
                plan.closed += 1
        else:
            plan.unchanged += 1
    return plan


def _values(row: rows.Row) -> dict[str, Any]:
    values = asdict(row)
    del values["line"]
    return values | {"branch": row.branch or "", "trade": row.trade or None}


def _differs(before: Row[Any], values: dict[str, Any]) -> bool:
    return any(getattr(before, name) != value for name, value in values.items())


def _write(core: Core, plan: _Plan) -> None:
    for chunk in _chunks(plan.create):
        core.db.execute(insert(Business), chunk)
    for chunk in _chunks(plan.change):
        core.db.execute(update(Business), chunk)
    if plan.closed:
        _end(core)
    audit.note(
        core, "business.imported", None, actor=audit.OPERATOR,
        created=len(plan.create), updated=len(plan.change), closed=plan.closed,
    )  # fmt: skip


def _end(core: Core) -> None:
    """End what hangs on closed businesses: in one statement, so that each is told once."""
    closed = select(Business.id).where(Business.status == Status.CLOSED)
    memberships = select(Membership.id).where(Membership.business_id.in_(closed))
    grants.end(core, Grant.membership_id.in_(memberships))
    core.db.execute(
        update(Pin)
        .where(Pin.business_id.in_(closed), alive(core.clock.now()))
        .values(state=PinState.CANCELLED)
        .execution_options(synchronize_session=False)
    )


def _chunks(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
