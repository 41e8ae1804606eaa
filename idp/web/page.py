"""Rendering: one base template, the same names in every page."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g, make_response, render_template, request
from markupsafe import Markup

from idp.web import cookies, text
from idp.web.form import Form
from idp.web.house import core, house

STATIC = Path(__file__).parent.parent / "static"


def page(template: str, *, form: Form | None = None, status: int = 200, **context: Any) -> Response:
    """Return a rendered page; a refused form brings its own status."""
    html = render_template(template, form=form, **context)
    response = make_response(html, form.status if form and status == 200 else status)
    if form and form.retry_after:
        response.headers["Retry-After"] = str(form.retry_after)
    return response


def see_other(address: str) -> Response:
    """Send the browser on. 303: it must never repeat a POST, with its password (RFC 9700 §4.12)."""
    response = make_response("", 303)
    response.headers["Location"] = address
    return response


def along(path: str) -> str:
    """Return a path with the waiting request `?r=` of this page, if it has one."""
    if "r" not in request.args:
        return path
    return f"{path}?{urlencode({'r': request.args['r']})}"


def csrf_token() -> str:
    """Return what a form must bring back: a signature on this browser's secret."""
    return house().signer("csrf").get_signature(cookies.browser()).decode()


def csrf_field() -> Markup:
    """Return the hidden inputs of every form: for this browser, and for who is signed in there."""
    hidden = Markup('<input type="hidden" name="{}" value="{}">')
    who = cookies.signed_in()
    whose = hidden.format("account", who.account_id) if who else ""
    return hidden.format("csrf_token", csrf_token()) + whose


def allow_form_target(uri: str) -> None:
    """Let this page's form lead, through redirects, to the origin of `uri` (CSP form-action)."""
    parts = urlsplit(uri)
    g.form_target = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


@lru_cache(maxsize=64)
def _version(path: str) -> str:
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"


def static(path: str) -> str:
    """Return the address of a static file; it changes with the content."""
    return f"/static/{path}?v={_version(path)}"


def globals_of_templates() -> dict[str, Any]:
    """Return the names that every template knows (a context processor)."""
    settings = core().settings
    return {
        "_": text.text,
        "chamber": Faces(),
        "account": cookies.signed_in(),
        "csrf_field": csrf_field,
        "along": along,
        "locale": text.locale(),
        "static": static,
        "issuer": settings.issuer,
        "moment": text.moment,
        "day": text.day,
        "here": request.full_path.rstrip("?"),
        "demo": house().demo,
    }


class Faces:
    """The chamber as the templates read it."""

    def __init__(self) -> None:
        settings = core().settings
        self.name = settings.chamber.name
        self.service = settings.chamber.service
        self.address = settings.chamber.address
        self.color = settings.chamber.color
        self.number_label = settings.business.label
        self.support_email = settings.support.email
        self.support_phone = settings.support.phone
        self.support_hours = settings.support.hours
        self.sender = settings.mail.sender_name


def mount(app: Flask) -> None:
    """Teach an application our template names."""
    app.context_processor(globals_of_templates)
