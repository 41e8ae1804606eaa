"""`idp account import`: accounts of the system before this one. No hash and no name is printed."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from idp.accounts.moving import left, load
from idp.accounts.moving.files import RowProblem
from idp.accounts.moving.load import Order, Report
from idp.cli.context import core

# What is wrong with a row, for who must correct the file.
WORDS = {
    "address_taken": "an account has this address already",
    "bad_character": "has characters that cannot be printed",
    "checksum_differs": "the file is not the one with this checksum",
    "column_double": "stands there twice",
    "column_missing": "is missing in the header",
    "date_invalid": "is no date, or not over yet",
    "duplicate": "stands in the file before",
    "email_invalid": "is no e-mail address",
    "file_changed": "the file was changed while it was read",
    "hash_costly": "takes too long or too much memory to verify",
    "hash_invalid": "is a broken hash",
    "hash_unknown": "is no hash of a known kind",
    "id_taken": "an account has this identifier already",
    "line_too_long": "the line is too long; the rest was not read",
    "locale_unknown": "is no language of ours: de, en",
    "name_odd": "shows no letter",
    "no_rows": "the file has no rows",
    "number_invalid": "is no pair of numbers, old and new",
    "number_unmapped": "has no translation in the table of numbers",
    "row_length": "the row has another number of cells than the header",
    "row_unreadable": "the row cannot be read",
    "rows_differ": "the file has another number of rows",
    "state_unknown": "is no state: active, locked, disabled",
    "too_long": "is too long",
    "too_many": "are too many",
    "too_many_rows": "the file has too many rows",
    "value_missing": "is empty",
}
# Printed; all of them are in the file of --report.
SHOWN = 50
# What `--report` without a name stands for.
UNNAMED = Path("-")
# What German programs of the last forty years wrote.
ENCODINGS = ("cp1252", "iso8859-15", "cp850", "cp437", "mac-roman")
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", required=False, type=EXISTING)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--expect-rows", "expected_rows", type=int, help="Import nothing unless it has so many rows."
)
@click.option("--sha256", help="Import nothing unless the file has this checksum.")
@click.option(
    "--map", "numbers", type=EXISTING, help="Table of old and new customer numbers (CSV)."
)
@click.option(
    "--encoding",
    type=click.Choice(ENCODINGS),
    help="How FILE is written, if not UTF-8, UTF-16 or Windows-1252.",
)
@click.option(
    "--report",
    is_flag=False,
    flag_value=str(UNNAMED),
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write what became of each row into this file; without FILE the same as --status.",
)
@click.option("--invite", is_flag=True, help="Write to everybody who has no password yet.")
@click.option("--status", is_flag=True, help="Count the passwords that are still to be replaced.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def command(file: Path | None, status: bool, machine: bool, **given: Any) -> None:
    """Import accounts from FILE: a table with a header (CSV) or JSON Lines.

    Columns: email, given_name, family_name, locale, state, password_hash, email_verified,
    created_at, birthdate, old_id, old_email, customer_number, old_customer_number. One wrong row,
    and nothing is imported. An import that broke off goes on where it was when called again.
    """
    if status or (file is None and given["report"] == UNNAMED):
        count(machine)
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    _check_report(given["report"], file, given["numbers"])
    report = _loaded(Order(file, **given), quiet=machine)
    if machine:
        click.echo(json.dumps(facts(report, given["dry_run"]), ensure_ascii=False))
    else:
        tell(report, given["dry_run"])
    if report.problems:
        click.get_current_context().exit(1)


def _check_report(report: Path | None, *read: Path | None) -> None:
    """Refuse a report without a name, and one in the place of what is read."""
    if report == UNNAMED:
        raise click.UsageError("--report needs the name of a file to write.")
    if report and report.exists() and any(path and report.samefile(path) for path in read):
        raise click.UsageError(f"--report would overwrite {report}.")


def _loaded(order: Order, *, quiet: bool) -> Report:
    """Import, with a bar on a terminal."""
    size, hidden = order.file.stat().st_size, quiet or not watched()
    bar: Any = click.progressbar(length=size, label="Importing", file=sys.stderr, hidden=hidden)
    with bar:
        return load.load(core(), order, lambda done, _of: bar.update(done - bar.pos))


def watched() -> bool:
    """Tell whether somebody looks on."""
    return sys.stderr.isatty()


def count(machine: bool) -> None:
    """Print how many accounts have which kind of password hash."""
    found = dict(left.left(core()))
    if machine:
        click.echo(json.dumps(found))
        return
    for kind, number in found.items():
        click.echo(f"{number:>9}  {kind}")
    foreign = sum(number for kind, number in found.items() if kind not in ("own", "none"))
    click.echo(f"{foreign} to be replaced at the next sign-in, {found.get('none', 0)} without one")


def facts(report: Report, dry_run: bool) -> dict[str, object]:
    """Return a report as JSON holds it."""
    return {
        "rows": report.rows,
        "imported": 0 if report.problems or dry_run or report.done_at else report.rows,
        "resumed": report.resumed,
        "kinds": dict(sorted(report.kinds.items())),
        "problems": [vars(problem) for problem in report.problems],
        "unknown_columns": sorted(report.unknown),
        "imported_at": report.done_at.isoformat() if report.done_at else None,
    }


def tell(report: Report, dry_run: bool) -> None:
    """Print a report; what is wrong goes to standard error."""
    for title in sorted(report.unknown):
        click.echo(f"column {title}: nobody reads it", err=True)
    if report.problems:
        _tell_problems(report.problems)
        return
    if report.done_at:
        click.echo(f"this file was imported before, on {report.done_at:%Y-%m-%d %H:%M} UTC")
        return
    if report.resumed:
        click.echo(f"{report.resumed} rows were there from an import that broke off")
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(report.kinds.items()))
    done = "would be imported" if dry_run else "imported"
    click.echo(f"{report.rows} accounts {done}; password hashes: {kinds}")


def _tell_problems(problems: list[RowProblem]) -> None:
    for problem in problems[:SHOWN]:
        click.echo(sentence(problem), err=True)
    more = Counter(problem.code for problem in problems[SHOWN:])
    for code, number in sorted(more.items()):
        click.echo(f"and {number} more: {WORDS.get(code, code)}", err=True)
    click.echo(f"nothing imported, {len(problems)} problems", err=True)


def sentence(problem: RowProblem) -> str:
    """Say what is wrong where, never the value."""
    line = f"line {problem.line}: " if problem.line else ""
    column = f"{problem.column}: " if problem.column else ""
    return f"{line}{column}{WORDS.get(problem.code, problem.code)}"
