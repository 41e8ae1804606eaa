"""`idp worker`: everything that happens beside the requests."""

import os
import signal
import threading

import click

from idp.cli import context, logs
from idp.cli.fit import require_fit
from idp.worker import deliver, logouts, loop, retention

ALL = 10_000


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, then end.")
@click.option("--parent", type=int, hidden=True, help="End when this is not the parent any more.")
def command(once: bool, parent: int | None) -> None:
    """Deliver mail, letters and logouts, and forget what is over, until INT or TERM.

    Any number of workers may run; a row of the outbox goes to one of them.
    """
    logs.configure()
    require_fit(context.core())
    if once:
        count = deliver.once(context.core(), most=ALL) + logouts.once(context.core(), most=ALL)
        report = retention.once(context.core())
        click.echo(f"handled {count}, removed {report.total}")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    loop.run(context.app(), stop, lambda: parent in (None, os.getppid()))
