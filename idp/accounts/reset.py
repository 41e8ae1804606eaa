"""A forgotten password: ask for a link, then choose a new one."""

from idp.accounts import audit, floods, grants, links, passwords, sessions
from idp.accounts.links import Purpose
from idp.accounts.models import Account, State
from idp.accounts.people import by_email
from idp.core import Core
from idp.errors import LinkDead


def ask(core: Core, email: str, origin: str = "") -> None:
    """Send a link if the address is known; the caller cannot tell. Raises Throttled."""
    room = floods.allowed(core, "reset", email, origin)
    with core.writing():
        account = by_email(core, email)
        if room and account and account.active:
            _send(core, account)
        else:
            core.post.nothing()


def choose(core: Core, token: str, password: str, device: str) -> str:
    """Set the password, end all sessions and grants, sign this browser in; returns its cookie.

    Raises LinkDead or WeakPassword; the link is spent by success only.
    """
    account = links.account_behind(core, token)
    encoded = passwords.chosen(core, account, password)
    with core.writing():
        account = core.db.get_one(
            Account, links.spend(core, token, Purpose.RESET), populate_existing=True
        )
        if account.state != State.ACTIVE:
            raise LinkDead("link_unknown")
        passwords.store(core, account, encoded)
        links.drop(core, account.id)
        sessions.end_all(core, account.id)
        grants.of_account(core, account.id)
        core.post.mail(account.email, "password_changed", account.locale, name=account.name)
        audit.note(core, "password.reset", account.id)
        return sessions.begin(core, account.id, device)


def renew(core: Core, token: str) -> None:
    """Send a new link for one that is over."""
    account = links.owner(core, token, Purpose.RESET)
    if account is None:
        raise LinkDead("link_unknown")
    ask(core, account.email)


def _send(core: Core, account: Account) -> None:
    ttl = core.settings.reset.link_ttl
    link = links.make(core, Purpose.RESET, account, ttl)
    core.post.mail(
        account.email, "reset", account.locale,
        name=account.name, link=link, ends=(core.clock.now() + ttl).isoformat(),
    )  # fmt: skip
