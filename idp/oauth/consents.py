"""What people allowed applications: remember it, show it, take it back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select

from idp.accounts import audit, grants
from idp.accounts.grants import Grant
from idp.accounts.models import Account, UserSession
from idp.core import Core
from idp.oauth.claims_request import SCOPE_OF
from idp.oauth.models import Client, Consent

NAMED = (Client.id, Client.name, Client.purpose, Client.first_party)


@dataclass(frozen=True)
class Held:
    """An application that may do something in a person's name; `items` as in `Asked.items`."""

    client_id: str
    name: str
    purpose: str
    first_party: bool
    items: frozenset[str]
    since: datetime

    @property
    def offline(self) -> bool:
        """Whether it may do so while the person is not signed in."""
        return "offline_access" in self.items


def remember(core: Core, account_id: str, client_id: str, items: Iterable[str]) -> None:
    """Add items to what this person allowed this application."""
    with core.writing():
        # Two clicks at once: the second waits here for what the first has written.
        _alone(core, account_id)
        row = core.db.scalars(
            select(Consent).where(Consent.account_id == account_id, Consent.client_id == client_id)
        ).one_or_none()
        if row is None:
            row = Consent(
                id=core.chance.token(12), account_id=account_id, client_id=client_id, scopes=[]
            )
            core.db.add(row)
        row.scopes = sorted({*row.scopes, *items})
        row.given_at = core.clock.now()
        audit.note(core, "consent.given", account_id, client=client_id)


def held(core: Core, account_id: str) -> list[Held]:
    """Return the applications with a remembered consent or a living grant, by name."""
    found = {row.id: _held(row, row.scopes) for row in _given(core, account_id)}
    for row in _living(core, account_id):
        known = found.get(row.id) or _held(row, ())
        found[row.id] = replace(known, items=known.items | _items(row))
    return sorted(found.values(), key=lambda one: (one.name.casefold(), one.client_id))


def withdraw(core: Core, account_id: str, client_id: str) -> None:
    """Forget a consent and end everything the application was given, offline access too.

    It is told by back-channel logout. Nothing happens where there is nothing to take back.
    """
    mine = (Grant.account_id == account_id, Grant.client_id == client_id)
    with core.writing():
        _alone(core, account_id)
        forgotten = core.db.scalars(
            delete(Consent)
            .where(Consent.account_id == account_id, Consent.client_id == client_id)
            .returning(Consent.id)
            .execution_options(synchronize_session=False)
        ).all()
        living = core.db.scalar(select(exists().where(*mine, Grant.revoked_at.is_(None))))
        if forgotten or living:
            grants.end(core, *mine)
            audit.note(core, "consent.withdrawn", account_id, client=client_id)


def _alone(core: Core, account_id: str) -> None:
    core.db.execute(
        select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
    )


def _given(core: Core, account_id: str) -> Iterable[Any]:
    return core.db.execute(
        select(*NAMED, Consent.scopes, Consent.given_at.label("since"))
        .join(Client, Client.id == Consent.client_id)
        .where(Consent.account_id == account_id)
    ).all()


def _living(core: Core, account_id: str) -> Iterable[Any]:
    """Return the grants that are still good for something: offline, or their session is alive."""
    now = core.clock.now()
    signed_in = exists().where(
        UserSession.id == Grant.session_id,
        UserSession.ended_at.is_(None),
        UserSession.ends_at > now,
        UserSession.last_seen_at > now - core.settings.login.idle,
    )
    offline = Grant.scope.contains("offline_access")
    return core.db.execute(
        select(*NAMED, Grant.scope, Grant.claims, Grant.resources, Grant.created_at.label("since"))
        .join(Client, Client.id == Grant.client_id)
        .where(
            Grant.account_id == account_id,
            Grant.revoked_at.is_(None),
            Grant.ends_at > now,
            or_(offline, signed_in),
        )
        .order_by(Grant.created_at)
    ).all()


def _held(row: Any, items: Iterable[str]) -> Held:
    return Held(row.id, row.name, row.purpose, row.first_party, frozenset(items), row.since)


def _items(row: Any) -> frozenset[str]:
    """Return what a grant allows, written as what a person is asked to allow."""
    scopes = row.scope.split()
    names = {name for place in (row.claims or {}).values() for name in place}
    claims = {f"claim:{name}" for name in names if SCOPE_OF.get(name) not in scopes}
    return frozenset({*scopes, *claims, *(f"resource:{uri}" for uri in row.resources)})
