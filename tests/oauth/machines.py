"""Clients that act for themselves, and prove who they are by assertions."""

from typing import Any

from flask import Flask

from tests.client_keys import ClientKey
from tests.relying_party import Portal

MACHINE = {"grant_type": "client_credentials"}


def machine(app: Flask, key: ClientKey | None = None, **wanted: Any) -> Portal:
    """Return a client that proves itself by assertions and asks for tokens of its own."""
    return Portal.register(
        app,
        key=key or ClientKey.make(),
        **{"grant_types": ("client_credentials",), "redirect_uris": (), **wanted},
    )


def status(portal: Portal, **changed: Any) -> int:
    """Return how a request with a fresh assertion ends."""
    form = MACHINE | portal.assertion(**changed)
    return portal.post(form, auth=False).status_code
