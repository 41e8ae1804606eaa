"""The forgotten password: ask for a link, then choose a new one."""

from flask import Blueprint, Response

from idp.accounts import reset
from idp.accounts.links import Purpose
from idp.oauth import journey
from idp.web import choosing
from idp.web.client import address
from idp.web.form import Email, Form
from idp.web.house import core
from idp.web.page import page

bp = Blueprint("reset", __name__)


class Ask(Form):
    """Whose password is forgotten."""

    email = Email("reset.email")


FLOW = choosing.Flow(
    purpose=Purpose.RESET,
    template="pages/reset_choose.html",
    action="/password/reset",
    form=choosing.password_form("reset.password"),
    spend=reset.choose,
    renew=reset.renew,
    onward=journey.afterwards,
)


@bp.route("/password/forgot", methods=["GET", "POST"])
def ask() -> Response:
    """Send a link, if the address has an account; the page is the same."""
    form = Ask.read()
    if form.sent:
        with form.refusals():
            reset.ask(core(), str(form.email.data), address(), journey.request_id())
            minutes = int(core().settings.reset.link_ttl.total_seconds() // 60)
            return page("pages/reset_sent.html", minutes=minutes)
    return page("pages/reset_ask.html", form=form)


@bp.route("/password/reset", methods=["GET", "POST"])
def choose() -> Response:
    """Show the form; its button spends the link and sets the password."""
    return choosing.run(FLOW)
