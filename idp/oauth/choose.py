"""Which business a person acts for, asked when there are several."""

from flask import Blueprint, Response, request

from idp.oauth import journey, requests, store
from idp.web.door import member, onward
from idp.web.house import core
from idp.web.page import along, page, see_other

bp = Blueprint("choose", __name__)


@bp.route("/business/choose", methods=["GET", "POST"])
def choose() -> Response:
    """Show the person's businesses; the chosen one is remembered for this sign-in alone."""
    waiting, who = journey.here(), member()
    rows = store.memberships(core(), who.account_id)
    if request.method == "POST":
        chosen = request.form.get("membership", "")
        if chosen not in {row.id for row in rows}:
            # Ended meanwhile, in another tab or by staff: what is left is shown.
            return see_other(along("/business/choose"))
        requests.choose_business(core(), waiting.parked, chosen)
        return see_other(onward())
    return page(
        "oauth/choose.html",
        memberships=rows,
        client_name=waiting.name,
        action=along("/business/choose"),
    )
