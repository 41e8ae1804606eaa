"""Bringing clients, accounts and grants into the states that must stop every token."""

from flask import Flask
from sqlalchemy import update

from idp.accounts.models import Account
from idp.oauth import registry
from idp.oauth.protocol import NAME as PROTOCOL
from idp.oauth.registry import State
from idp.web.house import NAME
from tests.relying_party import Portal


def disable_client(app: Flask, portal: Portal, *, forget: bool = True) -> None:
    """Disable a client; `forget` also empties this process's cache, as time would."""
    with app.app_context():
        registry.set_state(app.extensions[NAME].core, portal.client.id, State.DISABLED)
    if forget:
        app.extensions[PROTOCOL].registry._known.clear()


def set_account(app: Flask, account_id: str, state: str) -> None:
    """Put an account into a state, as staff would."""
    with app.app_context():
        core = app.extensions[NAME].core
        with core.writing():
            core.db.execute(update(Account).where(Account.id == account_id).values(state=state))
