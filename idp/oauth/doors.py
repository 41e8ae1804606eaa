"""The protocol's endpoints, and what hangs them on an application."""

from flask import Blueprint, Flask

from idp.core import Core
from idp.oauth import (
    account,
    authorize,
    choose,
    consent,
    cors,
    discovery,
    introspection,
    journey,
    logout,
    protocol,
    revocation,
    token,
    userinfo,
)
from idp.web import back

DOORS: tuple[Blueprint, ...] = (
    authorize.bp,
    account.bp,
    consent.bp,
    choose.bp,
    token.bp,
    userinfo.bp,
    revocation.bp,
    introspection.bp,
    logout.bp,
)


def mount(app: Flask, core: Core) -> None:
    """Hang protocol and endpoints on an application."""
    built = protocol.build(core)
    app.extensions[protocol.NAME] = built
    for door in DOORS:
        app.register_blueprint(door)
    discovery.mount(app, core, built.keys)
    cors.mount(app, core)
    journey.mount(app)
    back.mount(app, built.registry.name_behind)
