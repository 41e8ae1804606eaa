"""An import from its file to its accounts: every row is good, or nothing happens."""

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO

from idp.accounts.moving import files, numbers, publish, rows, stage
from idp.accounts.moving.columns import Judge
from idp.accounts.moving.files import Found, Header, Record, RowProblem, Source
from idp.accounts.moving.rows import Entry
from idp.accounts.moving.seen import Seen
from idp.accounts.moving.stage import Staging
from idp.core import Core

# Rows of one transaction: large enough to be quick, small enough to let others write.
CHUNK = 500
# More of them tell nothing new, and the rest of the file is not read.
MOST_PROBLEMS = 10_000
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What is to be imported, and what must be true of it."""

    file: Path
    dry_run: bool = False
    expected_rows: int | None = None
    sha256: str | None = None
    numbers: Path | None = None
    report: Path | None = None
    invite: bool = False
    encoding: str | None = None


@dataclass
class Report:
    """What an import did, or would do; with problems it did nothing."""

    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    problems: list[RowProblem] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    resumed: int = 0
    done_at: datetime | None = None


def load(core: Core, order: Order, told: Told = lambda _done, _of: None) -> Report:
    """Import a file of accounts; `told` hears how many bytes of how many are done.

    Raises NotAllowed when the same file is being imported elsewhere.
    """
    source, report = files.look(order.file, order.encoding), Report()
    if order.report:
        # Before anything is done, lest it cannot be written afterwards.
        _opened(order.report, os.O_APPEND).close()
    translated = numbers.read(order.numbers) if order.numbers else None
    report.problems += translated.problems if translated else []
    if order.sha256 and order.sha256.strip().casefold() != source.digest:
        report.problems.append(RowProblem(0, "", "checksum_differs"))
    if not report.problems:
        new = translated.new if translated else None
        judge = Judge(core.clock.now(), core.hasher.taken_in, _checks(core), new)
        digest = translated.digest if translated else ""
        asked = f"{source.digest} {digest} {order.invite} {source.encoding}"
        identity = sha256(asked.encode()).hexdigest()
        staging = None if order.dry_run else stage.begin(core, identity)
        _import(_Run(core, order, source, judge, report, staging), told)
    if order.report and report.problems:
        _write(order.report, ((p.line, p.code, p.column, "") for p in report.problems))
    return report


def _checks(core: Core) -> dict[str, Callable[[str], str | None]]:
    """Return what the registration asks of names, by column."""
    return {name: asked.check for name, asked in core.plugins.profile_fields.items()}


@dataclass
class _Run:
    """One import under way; without a staging it is a dry run."""

    core: Core
    order: Order
    source: Source
    judge: Judge
    report: Report
    staging: Staging | None
    seen: Seen = field(default_factory=Seen)

    @property
    def after(self) -> int:
        """The line up to which rows wait already."""
        return self.staging.line if self.staging else 0


def _import(run: _Run, told: Told) -> None:
    if run.staging and run.staging.published_at:
        run.report.rows, run.report.done_at = run.staging.rows, run.staging.published_at
        _close(run, run.staging)
        return
    if run.staging and run.staging.rows:
        _resume(run, run.staging)
    done = 0
    for chunk in _chunks(files.records(run.source)):
        _take(run, chunk)
        done = max((r.position for r in chunk if isinstance(r, Record)), default=done)
        told(done, run.source.size)
        if len(run.report.problems) > MOST_PROBLEMS or run.report.rows > files.MOST_ROWS:
            break
    _judge(run)
    _finish(run)
    told(run.source.size, run.source.size)


def _resume(run: _Run, staging: Staging) -> None:
    """Remember what waits already, as if it had just been read."""
    for row in stage.waiting(run.core, staging):
        run.seen.add(row.line, "email", row.email_key)
        run.report.kinds[_kind(row.password_hash)] += 1
    for line, kind, key in stage.waiting_names(run.core, staging):
        run.seen.add(line, kind, key)
    run.core.db.rollback()
    run.report.rows = run.report.resumed = staging.rows


def _take(run: _Run, chunk: list[Found]) -> None:
    """Judge the rows of a chunk; while everything is good, let them wait."""
    entries: list[Entry] = []
    for found in chunk:
        if isinstance(found, RowProblem):
            run.report.problems.append(found)
        elif isinstance(found, Header):
            run.report.problems += rows.header(found)
            run.report.unknown |= rows.unknown(found.titles)
        elif found.line > run.after:
            entries += _judged(run, found)
    run.report.problems += run.seen.taken(run.core, entries)
    if run.staging and entries and not run.report.problems:
        run.staging = stage.add(run.core, run.staging, entries, invite=run.order.invite)


def _judged(run: _Run, record: Record) -> Iterator[Entry]:
    report = run.report
    report.rows += 1
    if len(report.unknown) < 20:
        report.unknown |= rows.unknown(record.cells)
    found = rows.entry(record, run.judge)
    problems = found if isinstance(found, list) else run.seen.twice(found)
    report.problems += problems
    if isinstance(found, Entry) and not problems:
        report.kinds[_kind(found.password_hash)] += 1
        yield found


def _judge(run: _Run) -> None:
    """See whether the file as a whole is what was ordered."""
    report, wanted = run.report, run.order.expected_rows
    if files.look(run.order.file).digest != run.source.digest:
        report.problems.append(RowProblem(0, "", "file_changed"))
    if report.rows > files.MOST_ROWS:
        report.problems.append(RowProblem(0, "", "too_many_rows"))
    elif not report.rows and not report.problems:
        report.problems.append(RowProblem(0, "", "no_rows"))
    elif wanted is not None and wanted != report.rows and len(report.problems) <= MOST_PROBLEMS:
        report.problems.append(RowProblem(0, "", "rows_differ"))


def _finish(run: _Run) -> None:
    """Publish what waits, if everything is good; then nothing waits any more."""
    if run.staging is None:
        return
    if not run.report.problems:
        run.report.problems += publish.publish(run.core, run.staging)
    if run.report.problems:
        stage.clear(run.core, run.staging, forget=True)
    else:
        _close(run, run.staging)


def _close(run: _Run, staging: Staging) -> None:
    """Report which account was made of which line, as long as the rows are there."""
    if run.order.report:
        made = ((line, "imported", "", sub) for line, sub in stage.ids(run.core, staging))
        first = next(made, None)
        # Of a file that was imported long ago nothing waits any more: its report stays as it is.
        if first:
            _write(run.order.report, chain([first], made))
        run.core.db.rollback()
    stage.clear(run.core, staging, forget=False)


def _write(path: Path, lines: Iterator[tuple[int, str, str, str]]) -> None:
    """Write a line a row: which line of the file, what became of it, which account."""
    with _opened(path, os.O_TRUNC) as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("line", "result", "column", "account"))
        writer.writerows(lines)


def _opened(path: Path, how: int) -> IO[str]:
    """Open a file for writing that nobody else may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


def _kind(encoded: str | None) -> str:
    return encoded.partition(":")[0] if encoded else "none"


def _chunks(found: Iterator[Found]) -> Iterator[list[Found]]:
    chunk: list[Found] = []
    for one in found:
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk
