"""The page for the right password that opens nothing any more: why, and the button for a link."""

from flask import Response

from idp.errors import PasswordVoid
from idp.web import text
from idp.web.page import page


def page_of(refused: PasswordVoid) -> Response:
    """Say why the right password does not open anything, and offer the link."""
    return page(
        "pages/password_void.html",
        status=403,
        code=refused.code,
        text=text.explain(refused),
        email=refused.facts["email"],
    )
