"""New terms: read and accepted before an application gets its answer."""

from flask import Blueprint, Response
from wtforms import BooleanField

from idp.accounts import terms
from idp.oauth import journey
from idp.web import legal
from idp.web.door import member, onward
from idp.web.form import Form, checked
from idp.web.house import core
from idp.web.page import page, see_other

bp = Blueprint("terms", __name__)


def ticked(value: str) -> str | None:
    """Refuse a box that is not ticked."""
    return None if value else "terms_required"


class Agree(Form):
    """Terms and privacy notice, accepted separately."""

    accept_terms = BooleanField("register.accept_terms", [checked(ticked)])
    accept_privacy = BooleanField("register.accept_privacy", [checked(ticked)])


@bp.route("/terms", methods=["GET", "POST"])
def accept() -> Response:
    """Show what is new; the button records that it was accepted."""
    waiting, who = journey.perhaps(), member()
    if terms.wanted(core()) in (None, who.terms_version):
        return see_other(onward())
    form = Agree.read()
    if form.sent:
        texts = {name: legal.wording(name) for name in legal.ACCEPTED}
        terms.accept(core(), who.account_id, texts)
        return see_other(onward())
    return page(
        "pages/terms.html",
        form=form,
        client_name=waiting.name if waiting else None,
        version=core().settings.registration.terms_version,
    )
