"""As whom to go on: asked when an application wants the person to say it (`prompt=select_account`).

A browser has one session, so the choice is to stay or to sign in as somebody else.
"""

from flask import Blueprint, Response, request

from idp.oauth import journey, requests
from idp.web.door import member, onward
from idp.web.house import core
from idp.web.page import along, page, see_other

bp = Blueprint("select_account", __name__)


@bp.route("/login/account", methods=["GET", "POST"])
def choose() -> Response:
    """Show who is signed in; the button goes on as this person."""
    waiting, who = journey.here(), member(due=True)
    if request.method == "POST":
        requests.choose_account(core(), waiting.parked, who.account_id)
        return see_other(onward())
    return page(
        "oauth/account.html",
        client_name=waiting.name,
        action=along("/login/account"),
        other=f"{along('/login')}&other=1",
    )
