"""A new password for somebody who is signed in."""

from flask import Blueprint, Response

from idp.accounts import change
from idp.web import cookies, text
from idp.web.back import back
from idp.web.door import member
from idp.web.form import Form, Password
from idp.web.house import core
from idp.web.mistaken import told_from_pin
from idp.web.page import page

bp = Blueprint("change", __name__)


class Change(Form):
    """The current and the new password."""

    current_password = Password("change.current_password")
    password = Password("change.password")


@bp.route("/password/change", methods=["GET", "POST"])
def password() -> Response:
    """Set a new password; all other sessions end."""
    who, done = member(), False
    form = Change.read()
    if form.sent:
        with form.refusals():
            current, new = str(form.current_password.data), str(form.password.data)
            with told_from_pin(current):
                token = change.password(core(), who, current, new, cookies.origin(who.email))
            cookies.sign_in(token)
            done = True
    return page(
        "pages/password_change.html",
        form=form,
        rules=text.rules(core()),
        email=who.email,
        done=done,
        back=back(),
    )
