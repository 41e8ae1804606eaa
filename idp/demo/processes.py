"""What runs in a demo: the provider, the three applications, and the worker."""

import sys

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from idp.demo.applications import APPLICATIONS, environment
from idp.demo.family import Family
from idp.demo.mailbox import Mailbox
from idp.demo.place import ADDRESS, Place


def start(family: Family, app: Flask, place: Place, secrets: dict[str, str]) -> None:
    """Start everything; the provider first, for people wait for its page."""
    family.fork("provider", lambda: provide(app, place.port))
    for each in APPLICATIONS:
        told = environment(each, place.settings.issuer, place.port, place.folder)
        # -P: a module lying in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", f"idp.clients.{each.id}"]
        family.run(each.id, command, {**told, "CLIENT_SECRET": secrets[each.id]})
    family.fork("worker", lambda: work(app, Mailbox(place.folder)))


def provide(app: Flask, port: int) -> None:
    """Answer requests until TERM."""
    server = MPServer(
        "idp demo",
        address=ADDRESS,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=16,
        websockets=False,
        # Its advice on the number of threads would be the first thing that a newcomer reads.
        log_level=LogLevels.error,
        workers_kill_timeout=5,
    )
    server.serve(target_loader=lambda: app, wrap_loader=False)


def work(app: Flask, mailbox: Mailbox) -> None:
    """Bring mails and letters into the mailbox until TERM."""
    from idp.demo import postman  # noqa: PLC0415 - heavy, see there

    postman.work(app, mailbox)
