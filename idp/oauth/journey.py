"""What the pages of a sign-in for an application share: the request that waits, found by `?r=`.

A page finishes its step and returns to `/oauth/authorize`, which looks at what is stored and picks
the next one. What cannot go on ends in a page that leads back to the application.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.accounts.links import Opened
from idp.errors import RequestOver
from idp.oauth import requests, steps
from idp.oauth.authorization_request import Rejected, again
from idp.oauth.protocol import protocol
from idp.oauth.requests import Asked, Parked
from idp.oauth.response import failed
from idp.oauth.steps import Situation
from idp.web import cookies
from idp.web.choosing import Onward
from idp.web.house import core
from idp.web.page import allow_form_target, page


@dataclass(frozen=True)
class Waiting:
    """A request that waits, and what it asks as checked just now."""

    parked: Parked
    asked: Asked

    @property
    def name(self) -> str:
        """Return the application's name."""
        return self.asked.client.name

    def situation(self) -> Situation:
        """Return what the steps look at."""
        return steps.situation(core(), self.asked, cookies.signed_in())


def here() -> Waiting:
    """Return the request of this page, whose forms may lead to its application.

    Raises RequestOver, or Rejected when its client has changed.
    """
    parked = requests.fetch(core(), request.args.get("r", ""), cookies.browser())
    asked = again(parked)
    # Chromium holds the whole chain of redirects after a form against form-action.
    allow_form_target(asked.target.redirect_uri)
    return Waiting(parked, asked)


def perhaps() -> Waiting | None:
    """Return the request of this page, if there is one.

    What a form says counts although the request's time is over: `onward` tells about that.
    """
    if "r" not in request.args:
        return None
    try:
        return here()
    except RequestOver:
        if request.method == "POST":
            return None
        raise


def afterwards(opened: Opened) -> Onward:
    """Return where a mailed link leads: on with the sign-in before it, if this browser began it.

    One that waited too long still knows the way back to its application.
    """
    if opened.request_id is None:
        return Onward("/account")
    there = f"/oauth/authorize?r={opened.request_id}"
    try:
        parked = requests.fetch(core(), opened.request_id, cookies.browser())
    except RequestOver as over:
        return Onward(there if "client_id" in over.facts else "/account")
    return Onward(there, parked.redirect_uri)


def request_id() -> str | None:
    """Return the id of the request that this page interrupts, as its address says."""
    return request.args.get("r", "")[:64] or None


def over(error: RequestOver) -> Response:
    """Show the way back to the application whose sign-in waited too long."""
    client = protocol().registry.find(str(error.facts.get("client_id", "")))
    return page("oauth/over.html", status=400, client=client)


def mount(app: Flask) -> None:
    """Show what ends a journey, wherever it is noticed."""
    app.register_error_handler(RequestOver, over)
    app.register_error_handler(Rejected, failed)
