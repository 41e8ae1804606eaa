"""Applications that may do something in a person's name, and how to take that back."""

from flask import Blueprint, Response, request

from idp.oauth import consents
from idp.oauth.consent import sentences
from idp.web.door import member
from idp.web.house import core
from idp.web.page import page

bp = Blueprint("apps", __name__)


@bp.route("/account/apps", methods=["GET", "POST"])
def apps() -> Response:
    """List the applications; the button beside one ends what it was allowed."""
    who, withdrawn = member(), None
    held = consents.held(core(), who.account_id)
    if request.method == "POST":
        client_id = request.form.get("client", "")
        withdrawn = next((one.name for one in held if one.client_id == client_id), None)
        consents.withdraw(core(), who.account_id, client_id)
        held = consents.held(core(), who.account_id)
    shown = [(one, sentences(one.items)) for one in held]
    return page("pages/apps.html", apps=shown, withdrawn=withdrawn)
