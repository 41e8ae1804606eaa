"""The Flask side the three applications share: headers, form tokens, pages that say what to do."""

import hmac
import secrets
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import HTTPException

from .common import Config

HERE = Path(__file__).parent
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
# What the provider calls by itself: signed, and without a cookie to misuse.
SIGNED = ("told",)
HOME = (("Zur Startseite", "/"),)
TEXTS = {
    400: ("Das hat nicht geklappt", "Die Eingabe war nicht zu lesen. Bitte beginnen Sie neu."),
    404: ("Seite nicht gefunden", "Diese Seite gibt es nicht oder nicht mehr."),
    405: ("So geht es nicht", "Bitte öffnen Sie die Seite noch einmal über die Startseite."),
    413: ("Zu viel Text", "Bitte kürzen Sie Ihre Eingaben und senden Sie sie noch einmal."),
    500: (
        "Das liegt an uns",
        "Es ist ein Fehler aufgetreten. Bitte versuchen Sie es später noch einmal.",
    ),
}


class PageError(HTTPException):
    """A page that says why it does not go on, and the ways to go on: pairs of label and link."""

    def __init__(
        self, status: int, title: str, text: str, ways: tuple[tuple[str, str], ...] = HOME
    ) -> None:
        super().__init__(text)
        self.code, self.title, self.text, self.ways = status, title, text, ways


def build(name: str, title: str, config: Config) -> Flask:
    """A Flask application with the shared templates, styles, cookies, checks and headers."""
    app = Flask(f"{__package__}.{name}.app", static_folder=HERE / "static")
    app.secret_key = config.secret_key
    # Cookies do not know ports: without names of their own the three would overwrite each other.
    app.config.update(SESSION_COOKIE_NAME=f"{name}_session", SESSION_COOKIE_SAMESITE="Lax")
    app.config.update(MAX_CONTENT_LENGTH=64_000)
    own = FileSystemLoader(HERE / name / "templates")
    app.jinja_loader = ChoiceLoader([own, FileSystemLoader(HERE / "templates")])
    app.jinja_env.filters["day"] = german_day
    app.jinja_env.globals.update(app_name=name, app_title=title, csrf_token=csrf_token)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(config.issuer))
    app.before_request(lambda: one_address(config.url))
    app.before_request(check_csrf)
    app.after_request(lambda response: guard(response, origin))
    app.register_error_handler(HTTPException, error_page)
    return app


def one_address(url: str) -> ResponseReturnValue | None:
    """Cookies and registered addresses know one host name only, so all others lead to it."""
    if f"{request.scheme}://{request.host}" == url:
        return None
    if request.method not in ("GET", "HEAD"):
        raise PageError(400, *TEXTS[400])
    return redirect(f"{url}{request.full_path.rstrip('?')}")


def csrf_token() -> str:
    """The token every form of this session carries."""
    return str(session.setdefault("csrf", secrets.token_urlsafe(16)))


def check_csrf() -> None:
    """Refuse a form that was not made by a page of this session."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint in SIGNED:
        return
    sent, known = request.form.get("csrf", ""), session.get("csrf", "")
    if not known or not hmac.compare_digest(sent.encode(), known.encode()):
        text = "Die Seite war zu lange offen oder Sie haben sich inzwischen neu angemeldet."
        again = "Es wurde nichts gespeichert. Bitte öffnen Sie die Seite noch einmal."
        raise PageError(400, "Das Formular ist abgelaufen", f"{text} {again}")


def guard(response: Response, origin: str) -> Response:
    """Signing in and out are redirects after a form, so form-action names the provider too."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {origin}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def error_page(error: HTTPException) -> ResponseReturnValue:
    """Every error as a page in the language of the person who meets it."""
    if not isinstance(error, PageError):
        status = error.code or 500
        error = PageError(status, *TEXTS.get(status, TEXTS[400 if status < 500 else 500]))
    facts = {"title": error.title, "text": error.text, "ways": error.ways}
    return render_template("message.html", **facts), error.code or 500


def german_day(value: str) -> str:
    """An ISO date as people here read it: 1. September 2027."""
    day = date.fromisoformat(value)
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
