"""The way back to an application that sent a person to a page of ours.

`client_id` and `return_to` (byte-equal to one of that client's registered addresses) are kept in a
sealed cookie, so that they survive the forms in between.
"""

from collections.abc import Callable
from typing import TypedDict

from flask import Flask, current_app, request

from idp.web import cookies
from idp.web.house import house

NAME = "idp.back"
# Returns the application's name if the address is one of its own.
Trust = Callable[[str, str], str | None]


class Back(TypedDict):
    """Where back leads, and what it is called."""

    url: str
    name: str


def mount(app: Flask, trust: Trust) -> None:
    """Tell who knows which addresses belong to which client."""
    app.extensions[NAME] = trust


def back() -> Back | None:
    """Return the way back of this visit, or None; an unregistered address is as good as none."""
    client_id, return_to = request.args.get("client_id"), request.args.get("return_to")
    if client_id and return_to:
        trust: Trust = current_app.extensions[NAME]
        name = trust(client_id, return_to)
        if name is None:
            return None
        cookies.put("back", house().seal("back", [return_to, name]), 1800)
        return Back(url=return_to, name=name)
    kept = house().opened("back", cookies.get("back"))
    return Back(url=kept[0], name=kept[1]) if kept else None
