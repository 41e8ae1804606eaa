"""A forgotten password, or the first one after moving house: ask for a link, then choose."""

from idp.accounts import audit, floods, links, passwords, sessions
from idp.accounts.links import Purpose
from idp.accounts.models import Account, State
from idp.accounts.people import by_name
from idp.core import Core
from idp.errors import LinkDead, Refused


def ask(core: Core, name: str, origin: str = "", request_id: str | None = None) -> None:
    """Send a link if the address is known; the caller cannot tell. Raises Throttled.

    It goes to the address of today, also when an old one was typed. `request_id` is the request
    of an application that is gone on with afterwards.
    """
    account = by_name(core, name)
    # All spellings of one person count together.
    room = floods.allowed(core, "reset", account.email if account else name, origin)
    with core.writing():
        account = by_name(core, name)
        if room and account and account.active:
            send_link(core, account, request_id)
        else:
            core.post.nothing()


def choose(core: Core, token: str, password: str, device: str) -> str:
    """Set the password, end all sessions and grants, sign this browser in; returns its cookie.

    Raises LinkDead, WeakPassword, or Refused for the very password that must be replaced; the
    link is spent by success only.
    """
    account = links.account_behind(core, token)
    if account.must_change and passwords.fits(core, account.password_hash, password):
        raise Refused("password_unchanged")
    chosen = passwords.chosen(core, account, password)
    with core.writing():
        # Locked before its link, as everything that ends links does it.
        account = core.db.get_one(
            Account, account.id, populate_existing=True, with_for_update={"key_share": True}
        )
        if links.spend(core, token, Purpose.RESET) != account.id or account.state != State.ACTIVE:
            raise LinkDead("link_unknown")
        before = account.password_hash
        # The link was in a mail to this address.
        account.email_verified_at = account.email_verified_at or core.clock.now()
        passwords.store(core, account, chosen)
        links.drop(core, account.id)
        sessions.shut_out(core, account.id)
        if before:
            name = account.mail_name
            core.post.mail(account.email, "password_changed", account.locale, name=name)
        audit.note(core, "password.reset" if before else "account.welcomed", account.id)
        return sessions.begin(core, account.id, device)


def renew(core: Core, token: str, origin: str) -> None:
    """Send a new link for one that is over, as `ask`; raises LinkDead."""
    account = links.owner(core, token, Purpose.RESET)
    if account is None:
        raise LinkDead("link_unknown")
    ask(core, account.email, origin)


def send_link(core: Core, account: Account, request_id: str | None = None) -> None:
    """Mail a link to choose a password; who never had one here is welcomed over."""
    ttl = core.settings.reset.link_ttl
    link = links.make(core, Purpose.RESET, account, ttl, request_id)
    template = "reset" if account.password_hash else "welcome_over"
    core.post.mail(
        account.email, template, account.locale,
        name=account.mail_name, link=link, ends=(core.clock.now() + ttl).isoformat(),
    )  # fmt: skip
