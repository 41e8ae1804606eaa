"""Sign-in: the form, and where it leads afterwards."""

from flask import Blueprint, Response, request
from wtforms import StringField

from idp.accounts import login
from idp.accounts.login import Attempt
from idp.accounts.sessions import SignedIn
from idp.errors import WrongCredentials
from idp.oauth import requests
from idp.oauth.protocol import protocol
from idp.oauth.requests import Parked
from idp.pin.code import looks_like_pin
from idp.web import cookies
from idp.web.client import device
from idp.web.door import opened_path
from idp.web.form import Form, Password, UpTo, required, strip
from idp.web.house import core
from idp.web.page import allow_form_target, page, see_other

bp = Blueprint("login", __name__)


class SignIn(Form):
    """Name and password; the name is not checked for form, so that no answer tells more."""

    username = StringField("login.username", [required, UpTo(254)], filters=[strip])
    password = Password("login.password")


@bp.route("/login", methods=["GET", "POST"])
def sign_in() -> Response:
    """Ask for name and password; then go on with the request `?r=`, or to the sealed path `?n=`."""
    parked = _parked()
    who = cookies.signed_in()
    again = parked is not None and who is not None and wants_again(parked, who)
    if request.method == "GET" and who and not again:
        return see_other(_onward(parked))
    form = SignIn.read(username=_hint(parked))
    if form.sent:
        with form.refusals():
            _enter(form)
            return see_other(_onward(parked))
    if parked:
        allow_form_target(parked.redirect_uri)
    client = protocol().registry.find(parked.parameters["client_id"]) if parked else None
    return page(
        "pages/login.html",
        form=form,
        client_name=client.name if client else None,
        action=request.full_path.rstrip("?"),
        reauth=again,
    )


def wants_again(parked: Parked, who: SignedIn) -> bool:
    """Tell whether a request asks somebody who is signed in for the password again."""
    asks = "login" in parked.parameters.get("prompt", "") or "max_age" in parked.parameters
    return asks and who.auth_time <= parked.started_at


def _enter(form: SignIn) -> None:
    name, password = str(form.username.data), str(form.password.data)
    attempt = Attempt(name, password, cookies.origin(name), device())
    try:
        entered = login.enter(core(), attempt, cookies.signed_in())
    except WrongCredentials as wrong:
        if looks_like_pin(password):
            raise WrongCredentials("pin_as_password") from wrong
        raise
    cookies.sign_in(entered.token)
    cookies.remember(name)


def _parked() -> Parked | None:
    request_id = request.args.get("r")
    return requests.fetch(core(), request_id, cookies.browser()) if request_id else None


def _hint(parked: Parked | None) -> str:
    who = cookies.signed_in()
    return who.email if who else parked.parameters.get("login_hint", "") if parked else ""


def _onward(parked: Parked | None) -> str:
    if parked:
        return f"/oauth/authorize?r={parked.id}"
    return opened_path(request.args.get("n")) or "/account"
