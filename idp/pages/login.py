"""Sign-in: the form, and where it leads afterwards."""

from flask import Blueprint, Response, request
from wtforms import StringField

from idp.accounts import login
from idp.accounts.login import Attempt
from idp.errors import PasswordVoid
from idp.oauth import journey, steps
from idp.oauth.steps import Situation
from idp.web import cookies, void
from idp.web.client import device
from idp.web.door import onward
from idp.web.form import Form, Password, UpTo, required, strip
from idp.web.house import core
from idp.web.mistaken import told_from_pin
from idp.web.page import page, see_other

bp = Blueprint("login", __name__)

# What signing in answers although somebody is signed in already.
ASKING = ("create", "again")


class SignIn(Form):
    """Name and password; the name is not checked for form, so that no answer tells more."""

    username = StringField("login.username", [required, UpTo(254)], filters=[strip])
    password = Password("login.password")


@bp.route("/login", methods=["GET", "POST"])
def sign_in() -> Response:
    """Ask for name and password; then go on with the request `?r=`, or to the sealed path `?n=`."""
    form = SignIn.read()
    if form.sent:
        with form.refusals(but=PasswordVoid):
            try:
                _enter(form)
            except PasswordVoid as refused:
                return void.page_of(refused)
            return see_other(onward())
    waiting = journey.perhaps()
    at = waiting.situation() if waiting else None
    if request.method == "GET":
        if cookies.signed_in() and not _wanted(at):
            return see_other(onward())
        form.username.data = _name(at)
    return page(
        "pages/login.html",
        form=form,
        client_name=waiting.name if waiting else None,
        action=request.full_path.rstrip("?"),
        reauth=_again(at),
        someone_else=at is not None and steps.is_someone_else(at),
        open=core().settings.registration.enabled,
    )


def _wanted(at: Situation | None) -> bool:
    """Whether the form is there for somebody who is signed in: other account, or once more."""
    step = steps.first(at) if at else None
    return _other() or (step is not None and step.name in ASKING)


def _again(at: Situation | None) -> bool:
    """Whether the person who is signed in is asked for the password once more."""
    if at is None or _other() or not steps.needs_again(at):
        return False
    return not steps.needs_account(at) and not steps.is_someone_else(at)


def _other() -> bool:
    return "other" in request.args


def _name(at: Situation | None) -> str:
    """Return the name that is filled in: who is asked again, else whom the application expects."""
    if at is None or _other():
        return ""
    who = cookies.signed_in()
    return who.email if who and _again(at) else at.asked.login_hint or ""


def _enter(form: SignIn) -> None:
    name, password = str(form.username.data), str(form.password.data)
    attempt = Attempt(name, password, cookies.origin(name), device())
    with told_from_pin(password):
        entered = login.enter(core(), attempt, cookies.signed_in())
    cookies.sign_in(entered.token)
    cookies.remember(name)
