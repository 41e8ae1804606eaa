"""Bringing clients, accounts, sessions and grants into the states that must stop every token."""

from flask import Flask
from sqlalchemy import update

from idp.accounts import grants, renewal
from idp.accounts.models import Account
from idp.accounts.renewal import Reason
from idp.oauth import registration
from idp.oauth.protocol import NAME as PROTOCOL
from idp.oauth.registry import State
from idp.web.house import NAME
from tests.browser import Browser
from tests.relying_party import Portal


def disable_client(app: Flask, portal: Portal, *, forget: bool = True) -> None:
    """Disable a client; `forget` also empties this process's cache, as time would."""
    with app.app_context():
        registration.set_state(app.extensions[NAME].core, portal.client.id, State.DISABLED)
    if forget:
        app.extensions[PROTOCOL].registry._known.clear()


def set_account(app: Flask, account_id: str, state: str) -> None:
    """Put an account into a state, as staff would."""
    with app.app_context():
        core = app.extensions[NAME].core
        with core.writing():
            core.db.execute(update(Account).where(Account.id == account_id).values(state=state))


def make_due(app: Flask, account_id: str) -> None:
    """Ask for a new password at the next sign-in, as staff would."""
    with app.app_context():
        core = app.extensions[NAME].core
        renewal.start(core, renewal.Wanted(Reason.POLICY, people=(account_id,)))


def end_session(browser: Browser) -> None:
    """Sign the person out, as the page does."""
    page = browser.open("/logout")
    page.send(form=page.form("csrf_token"))


def revoke_grants(app: Flask, portal: Portal) -> None:
    """End everything that a client was given, without a word to it."""
    with app.app_context():
        core = app.extensions[NAME].core
        with core.writing():
            grants.revoke(core, grants.Grant.client_id == portal.client.id)


def unlink(browser: Browser, membership_id: str) -> None:
    """End a link with a business, as its owner does."""
    page = browser.open(f"/business/unlink?membership={membership_id}")
    page.send(form=page.form("membership"))
