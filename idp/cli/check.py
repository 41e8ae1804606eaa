"""`idp check`: does this installation work, and is it safe?"""

import json

import click

from idp.cli import checks, measure
from idp.cli.checks import Finding, Level
from idp.errors import Misconfigured
from idp.settings import load


@click.command()
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
@click.option("--hash", "hashes", is_flag=True, help="Also measure password hashes; takes seconds.")
@click.option("--target", type=measure.Span(), help="Propose hashes that take so long, as 250ms.")
def command(machine: bool, hashes: bool, target: float | None) -> None:
    """Test configuration and safety; every line is ok, warn or fail, and any fail exits with 1."""
    findings = inspected(hashes or target is not None, target)
    if machine:
        rows = [{"level": f.level, "name": f.name, "text": f.text} for f in findings]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for found in findings:
            click.echo(f"{found.level:<4}  {found.name:<10}  {found.text}")
    if any(found.level == Level.FAIL for found in findings):
        raise click.exceptions.Exit(1)


def inspected(hashes: bool = False, target: float | None = None) -> list[Finding]:
    """Return all findings; without a readable configuration there are no others."""
    try:
        settings = load()
    except Misconfigured as error:
        return [Finding(Level.FAIL, "settings", mistake) for mistake in error.mistakes]
    findings = [Finding(Level.OK, "settings", "the configuration loads")]
    for check in checks.ALL:
        findings += check(settings)
    return [*findings, *(measure.findings(settings, target) if hashes else ())]
