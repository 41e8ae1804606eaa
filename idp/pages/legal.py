"""Imprint, privacy notice, terms, accessibility, easy language, help: linked from every page."""

from flask import Blueprint, Response, abort

from idp.web import text
from idp.web.house import core
from idp.web.page import page

bp = Blueprint("legal", __name__)

TEXTS = ("imprint", "privacy", "terms", "accessibility", "easy")
QUESTIONS = range(1, 9)


def facts() -> dict[str, str]:
    """Return what the texts may name."""
    settings = core().settings
    return {
        "chamber": settings.chamber.name,
        "service": settings.chamber.service,
        "address": ", ".join(settings.chamber.address),
        "email": settings.support.email,
        "phone": settings.support.phone,
        "version": settings.registration.terms_version,
    }


@bp.get("/legal/<name>")
def legal(name: str) -> Response:
    """Show one of the texts."""
    if name not in TEXTS:
        abort(404)
    paragraphs = text.text(f"legal.{name}.text", **facts()).split("\n\n")
    return page(
        "pages/legal.html", heading=text.text(f"legal.{name}.heading"), paragraphs=paragraphs
    )


@bp.get("/help")
def questions() -> Response:
    """Show questions and answers."""
    pairs = [
        (text.text(f"help.q{n}", **facts()), text.text(f"help.a{n}", **facts())) for n in QUESTIONS
    ]
    return page("pages/help.html", questions=pairs)


@bp.get("/help/contact")
def contact() -> Response:
    """Show how to reach a person."""
    return page("pages/contact.html")
