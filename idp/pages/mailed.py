"""`/k/<token>`: every mailed link. Opening it spends nothing, however often and by whatever."""

from flask import Blueprint, Response

from idp.accounts import links
from idp.accounts.links import Purpose
from idp.web import cookies
from idp.web.house import core
from idp.web.page import see_other

bp = Blueprint("mailed", __name__)

# Long enough to find a good password; short enough for a shared computer.
LIFE = 3600
PAGES = {Purpose.ACTIVATE: "/activate", Purpose.RESET: "/password/reset"}


@bp.get("/k/<token>")
def open_link(token: str) -> Response:
    """Put the token into a short-lived cookie and go on to the bare page of its purpose.

    The token leaves the address bar, the history and the Referer; the page's button spends it.
    """
    cookies.put("link", token[:64], LIFE)
    purpose = links.purpose_of(core(), token)
    return see_other(PAGES[purpose or Purpose.ACTIVATE])
