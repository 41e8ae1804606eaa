"""The cookies of a browser: who is signed in, the pre-session secret, known devices.

Set and read here alone. `__Host-` over https (RFC 6265bis §4.1.3.2); plain names on a loopback
issuer, where browsers would refuse the prefix without Secure.
"""

from flask import Response, g, request

from idp.accounts import sessions
from idp.accounts.people import email_key
from idp.accounts.sessions import SignedIn
from idp.web.client import address
from idp.web.house import core, house

YEAR = 365 * 86400
DEVICE_NAMES = 5


def name(kind: str) -> str:
    """Return a cookie's name: `session`, `browser`, `device`, `link`, `mail`, `back` or `ui`."""
    https = core().settings.https
    plain = "idp" if kind == "session" else f"idp_{kind}"
    return f"__Host-{plain}" if https else f"idp_{kind}"


def put(kind: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie with the response of this request."""
    g.setdefault("cookies", {})[kind] = (value, max_age)


def drop(kind: str) -> None:
    """Remove a cookie with the response of this request."""
    put(kind, "", 0)


def send(response: Response) -> Response:
    """Write the cookies that were put (an after_request function).

    A POST of another site comes without cookies: its answer must not take the place of those that
    forms and waiting sign-ins of this browser are bound to.
    """
    foreign = request.method == "POST" and name("browser") not in request.cookies
    for kind, (value, max_age) in g.get("cookies", {}).items():
        if foreign and kind in ("browser", "ui"):
            continue
        response.set_cookie(
            name(kind),
            value,
            max_age=max_age,
            secure=core().settings.https,
            httponly=True,
            samesite="Lax",
            path="/",
        )
    return response


def get(kind: str) -> str | None:
    """Return a cookie of the request, or what was put since."""
    put_since = g.get("cookies", {}).get(kind)
    if put_since:
        return put_since[0] or None
    return request.cookies.get(name(kind)) or None


def browser() -> str:
    """Return the secret that binds forms and pending sign-ins to this browser."""
    secret = get("browser")
    if secret is None or len(secret) > 64:
        secret = core().chance.token()
        put("browser", secret)
    return secret


def signed_in() -> SignedIn | None:
    """Return who is signed in, read once a request."""
    if "signed_in" not in g:
        token = get("session")
        g.signed_in = sessions.find(core(), token) if token else None
    found: SignedIn | None = g.signed_in
    return found


def sign_in(token: str) -> None:
    """Hand a new session to the browser."""
    put("session", token)
    g.pop("signed_in", None)


def sign_out() -> None:
    """Take the session from the browser.

    Requests that wait in other tabs go on: with a sign-in first. What a form was about to do for
    somebody else is held back by `door.member`.
    """
    for kind in ("session", "link", "mail", "back"):
        drop(kind)
    g.pop("signed_in", None)


def origin(username: str) -> str:
    """Return where a sign-in comes from: a device known for this name, else the address."""
    device, names = _device()
    known = _named(username) in names
    return f"device:{device}" if known else f"address:{address()}"


def remember(username: str) -> None:
    """Make this device a known one for this name."""
    device, names = _device()
    who = _named(username)
    if who not in names:
        device = device or core().chance.token(12)
        put("device", house().seal("device", [device, [who, *names][:DEVICE_NAMES]]), YEAR)


def _named(username: str) -> str:
    """Name somebody in a cookie that lies on a disk for a year: keyed, so that it tells nobody."""
    return core().vault.peppered(f"device:{email_key(username)}")


def _device() -> tuple[str, list[str]]:
    known = house().opened("device", get("device"))
    return (known[0], known[1]) if known else ("", [])
