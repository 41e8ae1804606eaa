"""Registration: the form, and the page that tells to look into the mailbox."""

from flask import Blueprint, Response, request

from idp.accounts import register
from idp.accounts.register import Application
from idp.errors import NotAllowed
from idp.oauth import journey
from idp.plugins import ProfileField
from idp.web import cookies, legal, text
from idp.web.client import address
from idp.web.form import Accept, Email, Form, Text, checked
from idp.web.house import core, house
from idp.web.page import along, page, see_other

bp = Blueprint("register", __name__)


def questions() -> list[ProfileField]:
    """Return what this installation asks beside the address."""
    slot = core().plugins.profile_fields
    return [slot.get(name) for name in core().settings.registration.fields]


def form_of(asked: list[ProfileField]) -> type[Form]:
    """Return the form: who wants an account; terms and privacy notice are accepted separately."""
    fields = {question.name: Text(question.label, checked(question.check)) for question in asked}
    fixed = {
        "email": Email("register.email"),
        "accept_terms": Accept("register.accept_terms"),
        "accept_privacy": Accept("register.accept_privacy"),
    }
    return type("Register", (Form,), {**fields, **fixed})


class Again(Form):
    """The button that sends another link."""


@bp.route("/register", methods=["GET", "POST"])
def ask() -> Response:
    """Take a registration; the answer is the same whether or not the address is known."""
    waiting = journey.perhaps()
    if not core().settings.registration.enabled:
        if waiting and request.method == "GET":
            return see_other(along("/login"))
        raise NotAllowed("registration_closed")
    asked = questions()
    form = form_of(asked).read(email=_mailbox() or "")
    if form.sent:
        with form.refusals():
            register.ask(core(), _application(form, asked))
            cookies.put("mail", house().seal("mail", form["email"].data), 86400)
            return see_other(along("/register/sent"))
    name = waiting.name if waiting else None
    return page("pages/register.html", form=form, questions=asked, client_name=name)


@bp.route("/register/sent", methods=["GET", "POST"])
def sent() -> Response:
    """Show the typed address; the button sends another link."""
    email = _mailbox()
    if email is None:
        return see_other(along("/register"))
    form = Again.read()
    again = False
    if form.sent:
        with form.refusals():
            register.again(core(), email, text.locale(), address(), journey.request_id())
            again = True
    hours = int(core().settings.activation.link_ttl.total_seconds() // 3600)
    return page("pages/register_sent.html", form=form, email=email, hours=hours, again=again)


def _application(form: Form, asked: list[ProfileField]) -> Application:
    return Application(
        email=str(form["email"].data),
        locale=text.locale(),
        texts={name: legal.wording(name) for name in legal.ACCEPTED},
        values={question.name: str(form[question.name].data) for question in asked},
        request_id=journey.request_id(),
        origin=address(),
    )


def _mailbox() -> str | None:
    email = house().opened("mail", cookies.get("mail"))
    return str(email) if email else None
