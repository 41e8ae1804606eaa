"""Who may enter a page: somebody who is signed in, or the sign-in first and then this page."""

from flask import abort, request

from idp.accounts.sessions import SignedIn
from idp.web import cookies
from idp.web.house import house
from idp.web.page import along, see_other


def member(*, due: bool = False) -> SignedIn:
    """Return who is signed in; else send the browser to the sign-in, which leads back here.

    Whose password is due is sent to its page likewise; that one alone says `due`. A form that was
    shown to somebody else, before another tab signed this one in, is shown anew.
    """
    who = cookies.signed_in()
    if who is None:
        abort(see_other(_before("/login")))
    if request.form.get("account", who.account_id) != who.account_id:
        abort(see_other(local_path(request.full_path.rstrip("?"))))
    if who.must_change and not due:
        abort(see_other(_before("/password/renew")))
    return who


def _before(path: str) -> str:
    """Return what comes before this page: the steps of its request decide that, else `path`."""
    if "r" in request.args:
        return onward()
    here = request.full_path.rstrip("?")
    return f"{path}?n={sealed_path(here)}"


def onward(otherwise: str = "/account") -> str:
    """Return where a finished page leads: the steps of its request, or the page that led here."""
    if "r" in request.args:
        return along("/oauth/authorize")
    return opened_path(request.args.get("n")) or otherwise


def sealed_path(path: str) -> str:
    """Seal a path of ours, so that nobody else can say where a sign-in leads."""
    return house().seal("next", path)


def opened_path(sealed: str | None) -> str | None:
    """Return a path that we sealed, else None."""
    path = house().opened("next", sealed)
    return str(path) if path else None


def local_path(value: str | None) -> str:
    """Return a path of this house, or the start page for anything that could lead elsewhere.

    Backslashes, a second slash, control signs and schemes have all opened redirects before
    (CVE-2021-32618, CVE-2023-49438).
    """
    path = value or "/"
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
