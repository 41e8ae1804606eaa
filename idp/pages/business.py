"""Mein Betrieb: what is linked, linking by PIN, ordering a PIN, ending a link."""

from typing import Any

from flask import Blueprint, Response, request
from wtforms import StringField

from idp.oauth import journey, requests, steps
from idp.oauth.journey import Waiting
from idp.pin import ask as asking
from idp.pin import overview, redeem
from idp.pin import unlink as unlinking
from idp.web import cookies
from idp.web.back import back
from idp.web.client import address
from idp.web.door import member, onward
from idp.web.form import Form, Optional, Text, UpTo, required, strip
from idp.web.house import core
from idp.web.page import page, see_other
from idp.web.text import text

bp = Blueprint("business", __name__, url_prefix="/business")


class Key(Form):
    """Which business is meant."""

    number = Text("business.number", limit=60)
    branch = Optional("business.branch", limit=60)

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        # What this chamber calls its numbers: text already, which no catalogue translates further.
        self.number.label.text = text("business.number", label=core().settings.business.label)


class Link(Key):
    """Number and PIN as they stand in the letter."""

    # Blanks and invisible signs from copying are no mistake here: the verb drops them.
    pin = StringField("business.pin", [required, UpTo(60)], filters=[strip])


class OpenOrder(Key):
    """Without login the postcode must fit the number."""

    postcode = Text("business.postcode", limit=20)


@bp.get("")
def show() -> Response:
    """Show the businesses and PINs of the member."""
    who = member()
    return page(
        "pages/business.html",
        memberships=overview.memberships(core(), who.account_id),
        pins=overview.pins(core(), who.account_id),
        back=back(),
    )


@bp.route("/link", methods=["GET", "POST"])
def link() -> Response:
    """Link with a business; the letter's QR code brings the number along."""
    waiting, who = journey.perhaps(), member()
    if "later" in request.form:
        if waiting:
            requests.link_later(core(), waiting.parked)
        return see_other(onward("/business"))
    if request.method == "GET" and waiting and not steps.needs_link(waiting.situation()):
        return see_other(onward())
    form = Link.read(number=request.args.get("number", "")[:60])
    if form.sent:
        with form.refusals():
            linked = redeem.link(core(), who, *_key(form), str(form.pin.data))
            if "r" in request.args:
                return see_other(onward())
            return page("pages/business_linked.html", business=linked.business, back=back())
    # A PIN never stands in a page, not even the one just typed.
    form.pin.data = ""
    return page("pages/business_link.html", form=form, **_around(waiting))


def _around(waiting: Waiting | None) -> dict[str, Any]:
    """Return for which application the person is here, or the way back to one."""
    return {"client_name": waiting.name} if waiting else {"back": back()}


@bp.route("/pin", methods=["GET", "POST"])
def pin() -> Response:
    """Order a PIN, signed in or, where the profile allows, without."""
    waiting = journey.perhaps()
    # A member's form that stayed open over a sign-out is no stranger's.
    strange = "r" not in request.args and "account" not in request.form
    openly = core().settings.pin.request_without_login and strange
    if cookies.signed_in() is None and openly:
        return _order_openly()
    who, form = member(), Key.read()
    if form.sent:
        with form.refusals():
            asking.order(core(), who, *_key(form))
            return _sent(waiting, signed_in=True)
    return page("pages/business_pin.html", form=form, **_around(waiting))


def _order_openly() -> Response:
    form = OpenOrder.read()
    if form.sent:
        with form.refusals():
            asking.order_openly(core(), *_key(form), str(form.postcode.data), address())
            return _sent(None, signed_in=False)
    return page("pages/business_pin.html", form=form, back=back())


def _key(form: Key) -> tuple[str, str]:
    return str(form.number.data), str(form.branch.data or "")


def _sent(waiting: Waiting | None, *, signed_in: bool) -> Response:
    return page(
        "pages/business_pin_sent.html",
        signed_in=signed_in,
        days=core().settings.pin.ttl.days,
        **_around(waiting),
    )


@bp.get("/unlink")
def ask_unlink() -> Response:
    """Ask once more before a link is ended."""
    membership_id = request.args.get("membership", "")
    found = overview.membership(core(), member().account_id, membership_id)
    return page(
        "pages/business_unlink.html", business=found.business, membership=found.id, back=back()
    )


@bp.post("/unlink")
def unlink() -> Response:
    """End a link."""
    left = unlinking.leave(core(), member(), request.form.get("membership", ""))
    return page("pages/business_unlinked.html", business=left, back=back())
