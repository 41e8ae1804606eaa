"""Which business a person acts for, asked when there are several."""

from flask import Blueprint, Response, request

from idp.errors import NotAllowed
from idp.oauth import requests, store
from idp.oauth.protocol import protocol
from idp.web import cookies
from idp.web.door import member
from idp.web.house import core
from idp.web.page import allow_form_target, page, see_other

bp = Blueprint("choose", __name__)


@bp.route("/business/choose", methods=["GET", "POST"])
def choose() -> Response:
    """Show the person's businesses; the chosen one is remembered for this sign-in alone."""
    who = member()
    parked = requests.fetch(core(), request.args.get("r", ""), cookies.browser())
    rows = store.memberships(core(), who.account_id)
    if request.method == "POST":
        chosen = request.form.get("membership", "")
        if chosen not in {row.id for row in rows}:
            raise NotAllowed("not_linked")
        requests.choose_business(core(), parked, chosen)
        return see_other(f"/oauth/authorize?r={parked.id}")
    allow_form_target(parked.redirect_uri)
    client = protocol().registry.find(parked.parameters["client_id"])
    return page(
        "oauth/choose.html",
        memberships=rows,
        client_name=client.name if client else None,
        action=f"/business/choose?r={parked.id}",
    )
