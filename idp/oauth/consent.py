"""The consent page: what an application may do with an account, allowed once, remembered."""

from collections.abc import Iterable

from flask import Blueprint, Response, request

from idp.oauth import consents, journey, requests
from idp.oauth.claims import SCOPE_CLAIMS
from idp.oauth.protocol import protocol
from idp.oauth.registry import SCOPES
from idp.oauth.response import send
from idp.web import text
from idp.web.door import member, onward
from idp.web.house import core
from idp.web.page import along, page, see_other

bp = Blueprint("consent", __name__)

CLAIMS = tuple(name for names in SCOPE_CLAIMS.values() for name in names)


@bp.route("/consent", methods=["GET", "POST"])
def consent() -> Response:
    """Show what is asked; `answer=allow` remembers it, anything else goes back with an error."""
    waiting, who = journey.here(), member()
    asked = waiting.asked
    if request.method == "POST":
        if request.form.get("answer") != "allow":
            return send(asked.target, error="access_denied")
        with core().writing():
            consents.remember(core(), who.account_id, asked.client.id, asked.items)
            requests.allow(core(), waiting.parked, who.account_id)
        return see_other(onward())
    return page(
        "oauth/consent.html",
        client_name=waiting.name,
        purpose=asked.client.purpose,
        items=sentences(asked.items),
        offline="offline_access" in asked.items,
        action=along("/consent"),
    )


def sentences(items: Iterable[str]) -> list[str]:
    """Return what is allowed as people read it; offline access is said apart from it."""
    given = set(items) - {"offline_access"}
    scopes = [text.text(f"scope.{scope}") for scope in SCOPES if scope in given]
    claims = [text.text(f"claim.{name}") for name in CLAIMS if f"claim:{name}" in given]
    apis = sorted(item.partition(":")[2] for item in given if item.startswith("resource:"))
    return scopes + claims + [text.text("consent.resource", name=_called(uri)) for uri in apis]


def _called(uri: str) -> str:
    found = protocol().resources.find(uri)
    return found.name if found else uri
