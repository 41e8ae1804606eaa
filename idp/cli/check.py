"""`idp check`: does this installation work, and is it safe?"""

import json
import time

import click
from argon2 import PasswordHasher

from idp.cli import checks
from idp.cli.checks import Finding, Level
from idp.errors import Misconfigured
from idp.settings import Settings, load


@click.command()
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
@click.option(
    "--hash", "measure", is_flag=True, help="Also measure password hashes; takes a second."
)
def command(machine: bool, measure: bool) -> None:
    """Test configuration and safety; every line is ok, warn or fail, and any fail exits with 1."""
    findings = inspected(measure)
    if machine:
        rows = [{"level": f.level, "name": f.name, "text": f.text} for f in findings]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for found in findings:
            click.echo(f"{found.level:<4}  {found.name:<10}  {found.text}")
    if any(found.level == Level.FAIL for found in findings):
        raise click.exceptions.Exit(1)


def inspected(measure: bool) -> list[Finding]:
    """Return all findings; without a readable configuration there are no others."""
    try:
        settings = load()
    except Misconfigured as error:
        return [Finding(Level.FAIL, "settings", mistake) for mistake in error.mistakes]
    findings = [Finding(Level.OK, "settings", "the configuration loads")]
    for check in checks.ALL:
        findings += check(settings)
    return findings + ([hashes(settings)] if measure else [])


def hashes(settings: Settings) -> Finding:
    """Measure the configured argon2id on one core. What the binding was built with shows in it."""
    password = settings.password
    hasher = PasswordHasher(
        time_cost=password.argon2_time,
        memory_cost=password.argon2_memory_kib,
        parallelism=password.argon2_lanes,
    )
    hasher.hash("warm")
    count, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < 1:
        hasher.hash("measured")
        count += 1
    cost = f"m={hasher.memory_cost}, t={hasher.time_cost}, p={hasher.parallelism}"
    speed = f"{1000 * took / count:.1f} ms a hash, {count / took:.0f} a second on one core"
    return Finding(Level.OK, "argon2", f"measured {speed} ({cost})")
