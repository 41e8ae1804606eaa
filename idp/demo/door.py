"""`/demo`: the mailbox as a page for people and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, abort, current_app

from idp.demo.mailbox import DemoLetter, Mailbox
from idp.web.house import core
from idp.web.page import page

NAME = "idp.demo"
bp = Blueprint("demo", __name__, url_prefix="/demo")


def mailbox() -> Mailbox:
    """Return the mailbox of the running demo."""
    found: Mailbox = current_app.extensions[NAME]
    return found


@bp.get("/mailbox")
def show() -> Response:
    """Show mails and letters as people would see them, newest first."""
    mails = [asdict(mail) | {"at": _moment(mail.at)} for mail in reversed(mailbox().mails())]
    letters = [
        letter_facts(letter) | {"at": _moment(letter.at)}
        for letter in reversed(mailbox().letters())
    ]
    return page("demo/mailbox.html", mails=mails, letters=letters)


@bp.get("/mailbox.json")
def mails_json() -> Response:
    """List the mails, newest last."""
    return _json([asdict(mail) for mail in mailbox().mails()])


@bp.get("/letters.json")
def letters_json() -> Response:
    """List the letters, newest last."""
    return _json([letter_facts(letter) for letter in mailbox().letters()])


@bp.get("/letters/<letter_id>.pdf")
def letter_pdf(letter_id: str) -> Response:
    """Send a letter as it was printed."""
    content = mailbox().pdf(letter_id)
    if content is None:
        abort(404)
    return Response(content, mimetype="application/pdf")


def letter_facts(letter: DemoLetter) -> dict[str, object]:
    """Return what is told of a letter; without a branch there is no such member."""
    facts: dict[str, object] = asdict(letter)
    if letter.branch is None:
        del facts["branch"]
    return facts | {"pdf": f"{core().settings.issuer}/demo/letters/{letter.id}.pdf"}


def mount(app: Flask, box: Mailbox) -> None:
    """Hang the mailbox on an application."""
    app.extensions[NAME] = box
    app.register_blueprint(bp)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _json(pieces: Sequence[Mapping[str, object]]) -> Response:
    body = json.dumps(pieces, ensure_ascii=False, indent=1) + "\n"
    response = Response(body, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
