"""The account at a glance, and its sessions."""

from flask import Blueprint, Response, request

from idp.accounts import sessions
from idp.pin import overview
from idp.web import cookies
from idp.web.agents import readable
from idp.web.back import back
from idp.web.door import member
from idp.web.house import core
from idp.web.page import page, see_other

bp = Blueprint("account", __name__)


@bp.get("/account")
def account() -> Response:
    """Show who is signed in and which businesses are linked."""
    who = member()
    return page(
        "pages/account.html",
        memberships=overview.memberships(core(), who.account_id),
        back=back(),
    )


@bp.route("/account/sessions", methods=["GET", "POST"])
def own_sessions() -> Response:
    """List the person's sessions; end one of them, or all others."""
    who = member()
    if request.method == "POST":
        chosen = request.form.get("session", "")
        if chosen == "others":
            sessions.end_all(core(), who.account_id, spare=who.session_id)
        else:
            sessions.end(core(), who.account_id, chosen)
        if chosen == who.session_id:
            cookies.sign_out()
            return see_other("/")
        return see_other("/account/sessions")
    shown = [
        {
            "id": row.id,
            "device": readable(row.device),
            "started": row.created_at,
            "seen": row.last_seen_at,
            "current": row.id == who.session_id,
        }
        for row in sessions.of_account(core(), who.account_id)
    ]
    return page("pages/sessions.html", sessions=shown)
