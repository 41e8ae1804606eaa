"""A new account: ask for it, then open the mailed link (`activate.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from idp.accounts import audit, floods, links, reset, terms
from idp.accounts.links import Purpose
from idp.accounts.models import Account, State
from idp.accounts.people import by_email, email_key
from idp.core import Core
from idp.errors import NotAllowed


@dataclass(frozen=True)
class Application:
    """What a person filled in; `texts` maps each accepted text to its wording."""

    email: str
    locale: str
    texts: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None
    origin: str = ""


def ask(core: Core, application: Application) -> None:
    """Write the account and its link, or tell the owner of the address by mail.

    The caller cannot tell which. Raises NotAllowed when registration is closed, Throttled after
    too many mails from this origin.
    """
    if not core.settings.registration.enabled:
        raise NotAllowed("registration_closed")
    room = floods.allowed(core, "register", application.email, application.origin)
    with core.writing():
        owner = by_email(core, application.email)
        if not room:
            core.post.nothing()
        elif owner is None:
            _create(core, application)
        elif owner.awaited:
            reset.send_link(core, owner, application.request_id)
        elif owner.active:
            core.post.mail(
                owner.email, "register_known", owner.locale,
                name=owner.mail_name,
                login=f"{core.settings.issuer}/login",
                forgot=f"{core.settings.issuer}/password/forgot",
            )  # fmt: skip
        else:
            core.post.nothing()


def again(
    core: Core, email: str, locale: str, origin: str = "", request_id: str | None = None
) -> None:
    """Send a new link to a registration that waits; says nothing when there is none."""
    room = floods.allowed(core, "register", email, origin)
    with core.writing():
        waiting = core.db.scalars(
            select(Account)
            .where(Account.email_key == email_key(email), Account.state == State.PENDING)
            .order_by(Account.created_at.desc())
            .limit(1)
        ).one_or_none()
        owner = by_email(core, email)
        if room and owner and owner.awaited:
            reset.send_link(core, owner, request_id)
        elif not room or waiting is None or owner:
            core.post.nothing()
        else:
            send_link(core, waiting, locale, request_id)


def send_link(core: Core, account: Account, locale: str, request_id: str | None = None) -> None:
    """Mail an activation link. The address is not confirmed: no form text goes into this mail."""
    ttl = core.settings.activation.link_ttl
    link = links.make(core, Purpose.ACTIVATE, account, ttl, request_id)
    core.post.mail(
        account.email, "activate", locale, link=link, ends=(core.clock.now() + ttl).isoformat()
    )


def _create(core: Core, application: Application) -> None:
    now = core.clock.now()
    account = Account(
        id=core.chance.token(16),
        state=State.PENDING,
        email=application.email,
        email_key=email_key(application.email),
        locale=application.locale,
        terms_version=core.settings.registration.terms_version if application.texts else None,
        created_at=now,
        updated_at=now,
        **application.values,
    )
    core.db.add(account)
    core.db.flush()
    terms.record(core, account.id, application.texts)
    send_link(core, account, application.locale, application.request_id)
    audit.note(core, "account.registered", account.id)
