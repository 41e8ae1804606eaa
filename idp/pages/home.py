"""The start page, the language buttons and the addresses that software looks for."""

from datetime import timedelta

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from idp.web import cookies, text
from idp.web.door import local_path
from idp.web.guard import machine
from idp.web.house import core
from idp.web.page import page, see_other

bp = Blueprint("home", __name__)


@bp.get("/")
def home() -> Response:
    """Show what this account is, and the ways in."""
    settings = core().settings
    return page("pages/home.html", registration=settings.registration, pin=settings.pin)


@bp.post("/language")
def language() -> Response:
    """Keep the chosen language and show the same page again."""
    chosen = request.form.get("lang", "")
    response = see_other(local_path(request.form.get("return_to")))
    if chosen in text.LOCALES:
        response.set_cookie(
            text.COOKIE, chosen, max_age=cookies.YEAR, samesite="Lax", httponly=True,
            secure=core().settings.https,
        )  # fmt: skip
    return response


@bp.get("/.well-known/change-password")
def well_known() -> Response:
    """Lead password managers to the change form (W3C well-known URL)."""
    return see_other("/password/change")


@bp.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Tell where to report a weakness (RFC 9116)."""
    settings = core().settings
    expires = core().clock.now().replace(microsecond=0) + timedelta(days=180)
    lines = (
        f"Contact: mailto:{settings.support.email}",
        f"Expires: {expires.isoformat()}",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.issuer}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/healthz")
@machine
def healthz() -> Response:
    """Tell that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@machine
def readyz() -> Response:
    """Tell whether the database answers too."""
    try:
        core().db.execute(select(1))
    except DBAPIError:
        return Response("database unreachable\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
