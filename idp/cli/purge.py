"""`idp purge`: retention, now."""

import click

from idp.cli.context import core
from idp.worker import retention


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count.")
def command(dry_run: bool) -> None:
    """Remove what is over: registrations nobody confirmed, ended sessions, delivered mail.

    The worker does the same every hour. How long things are kept: [retention] in the configuration.
    """
    report = retention.once(core(), dry_run=dry_run)
    for name, count in report.counts.items():
        click.echo(f"{name}: {count}")
    click.echo(f"{'would remove' if dry_run else 'removed'} {report.total} rows")
