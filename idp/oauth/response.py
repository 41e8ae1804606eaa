"""The authorization response, success and error alike, in every mode.

OAuth 2.0 Multiple Response Types §2.1 (query, fragment), Form Post Response Mode, RFC 9207 (`iss`).
"""

from urllib.parse import urlencode

from flask import Response

from idp.oauth.authorization_request import Rejected
from idp.oauth.parameters import UnregisteredAddress
from idp.oauth.requests import FORM_POST, FRAGMENT, Target
from idp.web import text
from idp.web.guard import fault
from idp.web.house import core
from idp.web.page import allow_form_target, page, see_other


def send(target: Target, **parameters: str) -> Response:
    """Send `parameters` to the application; `iss` and `state` are added."""
    values = {**parameters, "iss": core().settings.issuer}
    if target.state is not None:
        values["state"] = target.state
    if target.mode == FORM_POST:
        allow_form_target(target.redirect_uri)
        return page("oauth/form_post.html", action=target.redirect_uri, fields=values)
    response = see_other(_address(target, urlencode(values)))
    response.headers["Cache-Control"] = "no-store"
    return response


def failed(rejected: Rejected) -> Response:
    """Send an error to the application if it may be sent there, else show it."""
    error = rejected.error
    description = error.description or ""
    if rejected.target:
        more = {"error_description": description} if description else {}
        return send(rejected.target, error=error.error, **more)
    code = "client_unknown" if error.error == "invalid_client" else "invalid_request"
    if isinstance(error, UnregisteredAddress):
        code = "redirect_uri_unregistered"
    return fault(code, text.text(f"error.{code}"), 400)


def _address(target: Target, values: str) -> str:
    """Return the address with the values; its own query stays (RFC 6749 §3.1.2)."""
    if target.mode == FRAGMENT:
        return f"{target.redirect_uri}#{values}"
    return f"{target.redirect_uri}{'&' if '?' in target.redirect_uri else '?'}{values}"
