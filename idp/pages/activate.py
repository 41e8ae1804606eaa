"""The activation link: choose a password on the page behind it."""

from flask import Blueprint, Response

from idp.accounts import activate
from idp.accounts.links import Opened, Purpose
from idp.errors import RequestOver
from idp.oauth import requests
from idp.web import choosing, cookies
from idp.web.choosing import Onward
from idp.web.house import core

bp = Blueprint("activate", __name__)


def onward(opened: Opened) -> Onward:
    """Go on with the sign-in that the registration interrupted, if this browser began it.

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


FLOW = choosing.Flow(
    purpose=Purpose.ACTIVATE,
    template="pages/activate.html",
    action="/activate",
    form=choosing.password_form("activate.password"),
    spend=activate.finish,
    renew=activate.renew,
    onward=onward,
)


@bp.route("/activate", methods=["GET", "POST"])
def finish() -> Response:
    """Show the form; its button spends the link and sets the password."""
    return choosing.run(FLOW)
