"""Who may enter a page: somebody who is signed in, or the sign-in first and then this page."""

from flask import abort, request

from idp.accounts.sessions import SignedIn
from idp.web import cookies
from idp.web.house import house
from idp.web.page import see_other


def member() -> SignedIn:
    """Return who is signed in; else send the browser to the sign-in, which leads back here."""
    who = cookies.signed_in()
    if who is None:
        here = request.full_path.rstrip("?")
        abort(see_other(f"/login?n={sealed_path(here)}"))
    return who


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
