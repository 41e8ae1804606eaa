"""The activation link: choose a password on the page behind it."""

from flask import Blueprint, Response

from idp.accounts import activate
from idp.accounts.links import Purpose
from idp.oauth import journey
from idp.web import choosing

bp = Blueprint("activate", __name__)


FLOW = choosing.Flow(
    purpose=Purpose.ACTIVATE,
    template="pages/activate.html",
    action="/activate",
    form=choosing.password_form("activate.password"),
    spend=activate.finish,
    renew=activate.renew,
    onward=journey.afterwards,
)


@bp.route("/activate", methods=["GET", "POST"])
def finish() -> Response:
    """Show the form; its button spends the link and sets the password."""
    return choosing.run(FLOW)
