"""Before and after every door: host, size, bytes, CSRF, limits per address, headers, errors."""

import json
import logging
import re
from collections.abc import Callable
from typing import TypeVar, cast

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from idp.clock import Clock
from idp.errors import Busy, NotAllowed, Refused, Throttled
from idp.settings.models import LOOPBACK, Limits
from idp.web import cookies, text
from idp.web.client import address
from idp.web.house import core, house
from idp.web.page import page
from idp.web.rates import Rates

log = logging.getLogger("idp.guard")

T = TypeVar("T", bound=Callable[..., object])

KILOBYTE = 1024
BODY_LIMIT = 64 * KILOBYTE
STATUS_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    414: "too_large",
}
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def machine(view: T) -> T:
    """Mark a view that programs call: no cookie counts there, so no CSRF token is asked."""
    view.machine = True  # type: ignore[attr-defined]
    return view


def _is_machine() -> bool:
    return getattr(current_app.view_functions.get(request.endpoint or ""), "machine", False)


def _for_programs() -> bool:
    """Tell whether programs call this address, whatever their method; two are for people too."""
    people = ("/oauth/authorize", "/oauth/logout")
    return request.path.startswith("/oauth/") and request.path not in people


def check_host() -> None:
    """Answer the issuer's own Host only; links are never built from it anyway."""
    if request.host != core().settings.host and not _demo_host():
        raise NotAllowed("host_unknown")


def _demo_host() -> bool:
    """Let a demo be reached under the names of this machine; its issuer may be behind a proxy."""
    name = re.sub(r":[0-9]+$", "", request.host).strip("[]")
    return house().demo and (name in LOOPBACK or name.endswith(".test"))


def check_bytes() -> None:
    """Refuse NUL and lone surrogates once, here: PostgreSQL cannot store them."""
    if _is_machine():
        return
    values = [value for _, value in request.args.items(multi=True)]
    values += [value for _, value in request.form.items(multi=True)]
    if any("\0" in value or "\ufffd" in value for value in (request.path, *values)):
        raise NotAllowed("bad_request")


def check_csrf() -> None:
    """Ask every form of ours for the token that is bound to this browser."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE") or _is_machine():
        return
    if _for_programs():
        return  # no such method there; no form of ours leads there
    secret, sent = cookies.get("browser"), request.form.get("csrf_token", "")
    if not secret or not house().signer("csrf").verify_signature(secret, sent.encode()):
        raise NotAllowed("csrf")


def _for_an_application() -> bool:
    """Tell whether an application may have opened this page in a window that it waits for."""
    return "r" in request.args or request.path.startswith("/oauth/")


def headers(response: Response) -> Response:
    """Send the headers of every answer."""
    head = response.headers
    head.setdefault("X-Content-Type-Options", "nosniff")
    head.setdefault("Referrer-Policy", "no-referrer")
    if response.mimetype == "text/html":
        target = g.get("form_target")
        head["Content-Security-Policy"] = f"{CSP} {target}" if target else CSP
        head["X-Frame-Options"] = "DENY"
        head["Cache-Control"] = "no-store"
        if not _for_an_application():
            head["Cross-Origin-Opener-Policy"] = "same-origin"
        head["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.endpoint == "static" and response.status_code == 200:
        # The address holds a hash of the content; without it the file is asked for again.
        forever = "public, max-age=31536000, immutable"
        head["Cache-Control"] = forever if "v" in request.args else "no-cache"
    if core().settings.https:
        head["Strict-Transport-Security"] = "max-age=31536000"
    return response


def refused(error: Refused) -> Response:
    """Show a refusal that no form has caught."""
    status = 400
    if isinstance(error, Throttled | Busy):
        status = 429 if isinstance(error, Throttled) else 503
    response = fault(error.code, text.explain(error), status)
    if isinstance(error, Throttled | Busy):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def fault(code: str, words: str, status: int, reference: str | None = None) -> Response:
    """Return the error page, or for programs an error of the protocol (RFC 6749 §5.2)."""
    if _for_programs():
        name = "temporarily_unavailable" if status in (429, 503) else "invalid_request"
        body = {"error": "server_error" if status == 500 else name, "error_description": code}
        response = Response(json.dumps(body), status, mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response
    return page(
        "error.html",
        status=status,
        code=code,
        title=text.text(f"error.title.{status}" if status in (404, 500) else "error.title"),
        text=words,
        reference=reference,
    )


def http_error(error: HTTPException) -> Response:
    """Show werkzeug's errors as ours; a bug gets a reference that the log knows."""
    if error.response is not None:
        # `abort(response)`: a door has answered already.
        return cast(Response, error.response)
    status = error.code or 500
    if status < 400:
        return Response(status=status, headers=error.get_headers())
    if status >= 500:
        # Whatever broke may be the database: this page asks it nothing.
        g.signed_in = None
        reference = core().chance.token(6)
        log.error(
            "internal error %s", reference, exc_info=getattr(error, "original_exception", None)
        )
        return fault("internal", text.text("error.internal", reference=reference), 500, reference)
    code = STATUS_CODES.get(status, "bad_request")
    return fault(code, text.text(f"error.{code}"), status)


def check_rate() -> None:
    """Count requests of one address to everything that takes a form."""
    rates: Rates | None = current_app.extensions.get("idp.rates")
    if rates and request.method == "POST" and not _is_machine():
        rates.spend(address())


def mount(app: Flask, clock: Clock, limits: Limits) -> None:
    """Put the guard before all doors of an application."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.config["MAX_FORM_MEMORY_SIZE"] = BODY_LIMIT
    if limits.per_ip == "on":
        app.extensions["idp.rates"] = Rates(clock, limits.storage, limits.requests)
    for check in (check_host, check_bytes, check_rate, check_csrf):
        app.before_request(check)
    # Flask runs these in reverse: cookies first, so that headers see the finished answer.
    app.after_request(headers)
    app.after_request(cookies.send)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, http_error)
