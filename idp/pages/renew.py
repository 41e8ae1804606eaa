"""A password that is due, asked for before anything else."""

from flask import Blueprint, Response

from idp.accounts import renew
from idp.errors import PasswordVoid
from idp.oauth import journey
from idp.web import cookies, text, void
from idp.web.door import member, onward
from idp.web.form import Form, Password
from idp.web.house import core
from idp.web.mistaken import told_from_pin
from idp.web.page import page, see_other

bp = Blueprint("renew", __name__)


class Renew(Form):
    """The new password alone: the old one was typed a moment ago."""

    password = Password("change.password")


class RenewLater(Form):
    """Both, as on any other change."""

    current_password = Password("change.current_password")
    password = Password("change.password")


@bp.route("/password/renew", methods=["GET", "POST"])
def password() -> Response:
    """Set the new password; then go on where the person was stopped."""
    waiting, who = journey.perhaps(), member(due=True)
    if who.must_change is None:
        return see_other(onward())
    if core().settings.password.renewal == "by_mail":
        return void.page_of(PasswordVoid("password_renewed_by_mail", email=who.email))
    both = renew.asks_current(core(), who)
    form = (RenewLater if both else Renew).read()
    if form.sent:
        with form.refusals():
            current = str(form["current_password"].data) if both else ""
            new = str(form["password"].data)
            with told_from_pin(current):
                token = renew.password(core(), who, current, new, cookies.origin(who.email))
            cookies.sign_in(token)
            return see_other(onward())
    return page(
        "pages/password_renew.html",
        form=form,
        why=text.text(f"renew.why_{who.must_change}"),
        rules=text.rules(core()),
        email=who.email,
        client_name=waiting.name if waiting else None,
    )
