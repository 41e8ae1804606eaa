"""The page behind a mailed link: choose a password, or ask for a new link."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from flask import Response, request

from idp.accounts import links, sessions
from idp.accounts.links import Opened, Purpose
from idp.core import Core
from idp.errors import LinkDead, NotAllowed
from idp.web import cookies, text
from idp.web.client import address, device
from idp.web.form import Form, Password
from idp.web.house import core, house
from idp.web.page import allow_form_target, page, see_other


@dataclass(frozen=True)
class Onward:
    """Where the browser goes afterwards, and the application's address that may follow."""

    path: str
    target: str | None = None


@dataclass(frozen=True)
class Flow:
    """One purpose: its page, the verb that spends the link, the verb that sends a new one."""

    purpose: Purpose
    template: str
    action: str
    form: type[Form]
    spend: Callable[[Core, str, str, str], str]
    renew: Callable[[Core, str, str], None]
    onward: Callable[[Opened], Onward]


def password_form(label: str) -> type[Form]:
    """Return a form with one new password."""
    return type("Choose", (Form,), {"password": Password(label)})


def marked(token: str) -> str:
    """Return what a form carries of its link: enough to tell it from another, not to open it."""
    return house().signer("link").get_signature(token).decode()


def run(flow: Flow) -> Response:
    """Show the form (GET) or spend the link (POST)."""
    token = cookies.get("link") or ""
    if request.method == "POST" and request.form.get("renew"):
        flow.renew(core(), token, address())
        return page("pages/link_renewed.html")
    try:
        return _choose(flow, token, links.look(core(), token))
    except LinkDead as dead:
        return _dead(flow, dead)


def _choose(flow: Flow, token: str, opened: Opened) -> Response:
    if opened.purpose != flow.purpose:
        raise LinkDead("link_unknown")
    mark = marked(token)
    if request.form.get("link", mark) != mark:
        # Another link was opened since this form was shown: its owner is somebody else.
        raise NotAllowed("csrf")
    form, onward = flow.form.read(), flow.onward(opened)
    if form.sent:
        with form.refusals(but=LinkDead):
            session = flow.spend(core(), token, str(form["password"].data), device())
            _leave(opened.account_id)
            cookies.drop("link")
            cookies.sign_in(session)
            return see_other(onward.path)
    if onward.target:
        # Chromium holds the whole chain of redirects after a form against form-action.
        allow_form_target(onward.target)
    account = links.account_behind(core(), token)
    first = account.password_hash is None
    return page(
        flow.template,
        form=form,
        first=first,
        rules=text.rules(core(), first=first),
        email=account.email,
        name=account.name,
        link=mark,
        action=flow.action,
    )


def _leave(account_id: str) -> None:
    """End the session of somebody else who used this browser before (CVE-2025-12390)."""
    before = cookies.signed_in()
    if before and before.account_id != account_id:
        with suppress(NotAllowed):  # ended at this very moment, by that person
            sessions.end(core(), before.account_id, before.session_id)


def _dead(flow: Flow, dead: LinkDead) -> Response:
    """Say what is the matter with a link, and offer a new one where there can be one."""
    return page(
        "pages/link_dead.html",
        status=410 if dead.code != "link_unknown" else 404,
        code=dead.code,
        renewable=dead.code == "link_expired",
        ended=dead.facts.get("ended"),
        purpose=str(flow.purpose),
        action=flow.action,
    )
