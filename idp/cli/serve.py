"""`idp serve`: granian in front of the application, one worker beside it."""

import gc
import os
from pathlib import Path

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.server.mp import MPServer

from idp.app import create_app
from idp.cli import context, logs
from idp.cli.beside import Beside
from idp.cli.fit import require_fit
from idp.settings import Settings
from idp.settings.parts import Password

# Requests that wait in a process for each thread that answers; what exceeds this waits in the
# kernel's queue, where a balancer sees it.
WAITING = 16
# Threads of a process, and how many of them password hashes never take.
THREADS, SPARE = 16, 2

File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=0, type=click.IntRange(0, 64), help="Processes; 0: one a core.")
@click.option(
    "--threads", default=0, type=click.IntRange(0, 512),
    help="Threads of a process; 0: 16, or as many more as password hashes need.",
)  # fmt: skip
@click.option("--tls-cert", type=File, help="Certificate chain (PEM).")
@click.option("--tls-key", type=File, help="Its private key (PEM).")
@click.option("--no-worker", is_flag=True, help="Deliver nothing; `idp worker` runs elsewhere.")
@click.option("--access-log", is_flag=True, help="Log every request; mailed links are masked.")
def command(no_worker: bool, **options: object) -> None:
    """Answer requests until INT or TERM; requests at hand are finished.

    Without --no-worker one `idp worker` runs beside it.
    """
    if bool(options["tls_cert"]) != bool(options["tls_key"]):
        raise click.UsageError("--tls-cert and --tls-key belong together")
    logs.configure()
    options["threads"] = threads(fit_to_serve().password, int(str(options["threads"])))
    server = build(**options)
    beside = Beside()
    if not no_worker:
        beside.start()
    try:
        click.echo(f"listening on {options['host']}:{options['port']}", err=True)
        keep()
        server.serve(target_loader=application, wrap_loader=False)
    finally:
        beside.stop()


def fit_to_serve() -> Settings:
    """Tell every mistake here, once, instead of in each process; leaves no connection behind."""
    core = context.core()
    require_fit(core)
    core.db.remove()
    core.db.get_bind().engine.dispose()
    return core.settings


def threads(password: Password, wanted: int) -> int:
    """Return how many threads answer in a process.

    Hashes must not take all of them: nobody would be left to answer 503, or what is quick.
    """
    hashes = password.hash_slots + password.hash_queue
    if 0 < wanted <= hashes:
        click.echo(
            f"warning: {hashes} password hashes (password.hash_slots and hash_queue) can take all "
            f"{wanted} threads; start with --threads {hashes + SPARE}",
            err=True,
        )
    return wanted or max(THREADS, hashes + SPARE)


def application() -> Flask:
    """Return the application of one process."""
    app = create_app()
    keep()
    return app


def keep() -> None:
    """Leave what is loaded out of all later collections, for it stays anyway.

    They would take longer, and write to pages of memory that the processes share until then: a
    fifth of what they need together.
    """
    gc.collect()
    gc.freeze()


def build(**options: object) -> MPServer:
    """Return the server for the options of the command."""
    number, workers = int(str(options["threads"])), int(str(options["workers"]))
    cert, key = options["tls_cert"], options["tls_key"]
    return MPServer(
        "idp",
        address=str(options["host"]),
        port=int(str(options["port"])),
        interface=Interfaces.WSGI,
        workers=workers or os.cpu_count() or 1,
        blocking_threads=number,
        backpressure=number * WAITING,
        http=HTTPModes.auto,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.CONFIG,
        log_access=bool(options["access_log"]),
        log_access_format=logs.ACCESS,
        ssl_cert=cert if isinstance(cert, Path) else None,
        ssl_key=key if isinstance(key, Path) else None,
        ssl_protocol_min=SSLProtocols.tls12,
        workers_kill_timeout=10,
    )
