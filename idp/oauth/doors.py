"""The protocol's endpoints, and what hangs them on an application."""

from flask import Blueprint, Flask

from idp.core import Core
from idp.oauth import authorize, choose, consent, discovery, logout, protocol, token, userinfo
from idp.web import back

DOORS: tuple[Blueprint, ...] = (
    authorize.bp,
    consent.bp,
    choose.bp,
    token.bp,
    userinfo.bp,
    logout.bp,
)


def mount(app: Flask, core: Core) -> None:
    """Hang protocol and endpoints on an application."""
    built = protocol.build(core)
    app.extensions[protocol.NAME] = built
    for door in DOORS:
        app.register_blueprint(door)
    discovery.mount(app, core, built.keys)
    back.mount(app, built.registry.name_behind)
