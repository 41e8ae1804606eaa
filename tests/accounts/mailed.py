"""Tokens of mailed links, without reading the mail."""

from sqlalchemy import select

from idp.accounts import links, register
from idp.accounts.links import Purpose
from idp.accounts.models import Account
from idp.accounts.register import Application
from idp.core import Core


def registration(core: Core, email: str) -> str:
    """Register and return the token of the link."""
    register.ask(core, Application(email, "de", {}, {"given_name": "N", "family_name": "N"}))
    latest = select(Account).where(Account.email == email).order_by(Account.created_at.desc())
    account = core.db.scalars(latest.limit(1)).one()
    with core.writing():
        link = links.make(core, Purpose.ACTIVATE, account, core.settings.activation.link_ttl)
    return link.rpartition("/")[2]


def reset(core: Core, account_id: str) -> str:
    """Return the token with which a new password is chosen."""
    with core.writing():
        account = core.db.get_one(Account, account_id)
        link = links.make(core, Purpose.RESET, account, core.settings.reset.link_ttl)
    return link.rpartition("/")[2]
