"""The core for a command: the application is built when a command first asks for it."""

import click
from flask import Flask

from idp.app import create_app
from idp.cli.fit import require_version
from idp.core import Core
from idp.web import house


def app() -> Flask:
    """Return the application of this invocation; tests hand in theirs as click's `obj`."""
    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = create_app()
        root.call_on_close(hang_up)
    found: Flask = root.obj
    return found


def core() -> Core:
    """Return the core, inside an application context that lasts as long as the command.

    The database is there and has the tables of this version, else the command ends here; an
    application that was handed in has seen to that itself.
    """
    root = click.get_current_context().find_root()
    if not root.meta.get("idp.context"):
        handed_in = root.obj is not None
        root.with_resource(app().app_context())
        if not handed_in:
            require_version(house.core())
        root.meta["idp.context"] = True
    return house.core()


def hang_up() -> None:
    """Close the database connections of the application that was built here."""
    with app().app_context():
        house.core().db.get_bind().engine.dispose()
