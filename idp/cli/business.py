"""`idp business`: the register of businesses, as the chamber's software exports it."""

import json
from typing import BinaryIO

import click

from idp.cli.context import core
from idp.pin import businesses
from idp.pin.rows import MOST_BYTES, RowProblem

# What is wrong with a row, for who must correct the file.
WORDS = {
    "bad_character": "has characters that cannot be printed",
    "branch_invalid": "is no branch number here",
    "column_double": "stands there twice",
    "column_missing": "is missing in the header",
    "column_unknown": "is a column nobody reads",
    "duplicate": "stands in the file before",
    "file_too_large": "the file is too large",
    "number_invalid": "is no business number here",
    "postcode_invalid": "is no German postcode",
    "row_length": "the row has another number of cells than the header",
    "row_unreadable": "the row cannot be read",
    "status_unknown": "is no status",
    "too_long": "is too long",
    "too_many_rows": "the file has too many rows",
    "value_missing": "is empty",
}


@click.group()
def command() -> None:
    """Import the register of businesses."""


@command.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def load(file: BinaryIO, dry_run: bool, machine: bool) -> None:
    """Import FILE, a table with a header (CSV); "-" is standard input.

    Columns: Betriebsnummer, Filialnummer, Firma, Straße, PLZ, Ort, Land, Status, Gewerk. Known
    businesses are updated, others stay as they are. One wrong row, and nothing is imported.
    """
    report = businesses.load(core(), file.read(MOST_BYTES + 1), dry_run=dry_run)
    if machine:
        click.echo(json.dumps(facts(report), ensure_ascii=False))
    else:
        tell(report, dry_run)
    if report.problems:
        click.get_current_context().exit(1)


def facts(report: businesses.Report) -> dict[str, object]:
    """Return a report as JSON holds it."""
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "problems": [vars(problem) for problem in report.problems],
        "notes": [vars(note) for note in report.notes],
    }


def tell(report: businesses.Report, dry_run: bool) -> None:
    """Print a report; what is wrong goes to standard error."""
    for found in (*report.notes, *report.problems):
        click.echo(sentence(found), err=True)
    if report.problems:
        click.echo(f"nothing imported, {len(report.problems)} problems", err=True)
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.created} {would}created, {report.updated} {would}updated, "
        f"{report.unchanged} unchanged"
    )


def sentence(found: RowProblem) -> str:
    """Say what is wrong where."""
    column = f"{found.column}: " if found.column else ""
    shown = f" ({found.value_shown})" if found.value_shown else ""
    return f"line {found.line}: {column}{WORDS.get(found.code, found.code)}{shown}"
