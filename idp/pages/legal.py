"""Imprint, privacy notice, terms, accessibility, easy language, help: linked from every page."""

from flask import Blueprint, Response, abort

from idp.web import text
from idp.web.legal import facts, wording
from idp.web.page import page

bp = Blueprint("legal", __name__)

TEXTS = ("imprint", "privacy", "terms", "accessibility", "easy")
QUESTIONS = range(1, 15)


@bp.get("/legal/<name>")
def legal(name: str) -> Response:
    """Show one of the texts."""
    if name not in TEXTS:
        abort(404)
    paragraphs = wording(name).split("\n\n")
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
