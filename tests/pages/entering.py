"""The login form, filled by a browser."""

from tests.browser import Browser, Page
from tests.people import Member

WRONG = "Falscher-Ofen-99"


def attempt(browser: Browser, username: str, password: str) -> Page:
    """Fill and send the form."""
    return browser.open("/login").send(username=username, password=password)


def again(browser: Browser, member: Member) -> Page:
    """Sign in while somebody is signed in already, as from a form left open."""
    token = browser.open("/account").forms[0].fields["csrf_token"]
    data = {"csrf_token": token, "username": member.email, "password": member.password}
    return browser.post("/login", data)


def cookie(browser: Browser) -> str:
    """Return the value of the session's cookie, or nothing."""
    found = browser.client.get_cookie("idp_session", "127.0.0.1")
    return found.value if found else ""
