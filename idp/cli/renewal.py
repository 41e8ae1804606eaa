"""`idp account renew`: new passwords become due, for one person, a group, or everybody."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click

from idp.accounts import renewal
from idp.accounts.renewal import Reason, Wanted
from idp.cli.context import core


class Given(TypedDict):
    """The options beside whom it concerns."""

    everybody: bool
    changed_before: datetime | None
    reason: str
    no_mail: bool
    dry_run: bool
    machine: bool


LISTED = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("renew")
@click.argument("people", nargs=-1, metavar="[WHO]...")
@click.option("--from", "listed", type=LISTED, help="File with an address or id in each line.")
@click.option("--all", "everybody", is_flag=True, help="Everybody who has a password.")
@click.option(
    "--changed-before", type=click.DateTime(["%Y-%m-%d"]),
    help="All whose password is older than this day (UTC).",
)  # fmt: skip
@click.option(
    "--reason", type=click.Choice([str(reason) for reason in Reason]), default=str(Reason.POLICY),
    show_default=True, help="`compromise`: the old password opens nothing from now on.",
)  # fmt: skip
@click.option("--no-mail", is_flag=True, help="Tell nobody; the sign-in page explains it.")
@click.option("--dry-run", is_flag=True, help="Only say how many it concerns.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def command(people: tuple[str, ...], listed: Path | None, **options: Unpack[Given]) -> None:
    """Make a new password due for the accounts WHO (e-mail address or id), a group, or all.

    Nobody is locked out: the next sign-in leads to the page for a new password, or to a mailed
    link, as `password.renewal` and the reason say.
    """
    before, reason = options["changed_before"], Reason(options["reason"])
    wanted = Wanted(
        reason=reason,
        people=(*people, *(_lines(listed) if listed else ())),
        everybody=options["everybody"],
        changed_before=before.replace(tzinfo=UTC) if before else None,
        tell=not options["no_mail"],
    )
    if listed and not wanted.people:
        raise click.ClickException(f"nobody is in {listed}")
    missing = renewal.unknown(core(), wanted.people)
    if missing:
        raise click.ClickException(f"no such account: {', '.join(missing)}")
    done = renewal.count(core(), wanted) if options["dry_run"] else _started(wanted)
    if options["machine"]:
        click.echo(json.dumps({"accounts": done, "reason": str(reason)}))
    else:
        click.echo(f"{done} accounts  {reason}")


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]


def _started(wanted: Wanted) -> int:
    """Start, with a bar on a terminal."""
    length, hidden = renewal.count(core(), wanted), not sys.stderr.isatty()
    bar: Any = click.progressbar(length=length, label="Accounts", file=sys.stderr, hidden=hidden)
    with bar:
        return renewal.start(core(), wanted, bar.update)
