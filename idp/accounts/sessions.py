"""Browsers that are signed in: begin, find, see and end."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from idp.accounts import grants
from idp.accounts.models import Account, State, UserSession
from idp.core import Core
from idp.errors import NotAllowed
from idp.seal import fingerprint

# Writing the time of each request would cost a commit a page; this coarse is enough for `idle`.
SEEN = timedelta(minutes=1)
ACR_PASSWORD = "urn:kammer-idp:acr:pwd"  # noqa: S105 - the name of a level

_FIND = (
    select(
        UserSession.id,
        UserSession.account_id,
        UserSession.auth_time,
        UserSession.acr,
        UserSession.amr,
        UserSession.last_seen_at,
        Account.email,
        Account.given_name,
        Account.family_name,
        Account.locale,
        Account.must_change,
        Account.terms_version,
    )
    .join(Account, Account.id == UserSession.account_id)
    .where(UserSession.ended_at.is_(None), Account.state == State.ACTIVE)
)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in in this browser, since when and how; plain values."""

    session_id: str
    account_id: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    email: str
    given_name: str | None
    family_name: str | None
    locale: str
    must_change: str | None = None
    terms_version: str | None = None


def begin(core: Core, account_id: str, device: str, amr: Iterable[str] = ("pwd",)) -> str:
    """Sign a browser in; returns the cookie's value, which is stored nowhere."""
    token, now = core.chance.token(), core.clock.now()
    core.db.add(
        UserSession(
            id=core.chance.token(16),
            hash=fingerprint(token),
            account_id=account_id,
            auth_time=now,
            acr=ACR_PASSWORD,
            amr=list(amr),
            device=device[:200],
            created_at=now,
            last_seen_at=now,
            ends_at=now + core.settings.login.absolute,
        )
    )
    return token


def find(core: Core, token: str) -> SignedIn | None:
    """Return who is signed in with this cookie value; None when nobody is, or not any more."""
    now = core.clock.now()
    row = core.db.execute(
        _FIND.where(
            UserSession.hash == fingerprint(token),
            UserSession.ends_at > now,
            UserSession.last_seen_at > now - core.settings.login.idle,
        )
    ).one_or_none()
    if row is None:
        return None
    if row.last_seen_at < now - SEEN:
        _seen(core, row.id)
    return SignedIn(
        row.id, row.account_id, row.auth_time, row.acr, tuple(row.amr),
        row.email, row.given_name, row.family_name, row.locale, row.must_change, row.terms_version,
    )  # fmt: skip


def _seen(core: Core, session_id: str) -> None:
    with core.writing():
        core.db.execute(
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
            .values(last_seen_at=core.clock.now())
            .execution_options(synchronize_session=False)
        )


def of_account(core: Core, account_id: str) -> list[UserSession]:
    """Return the living sessions of a person, the latest first."""
    now = core.clock.now()
    return list(
        core.db.scalars(
            select(UserSession)
            .where(
                UserSession.account_id == account_id,
                UserSession.ended_at.is_(None),
                UserSession.ends_at > now,
                UserSession.last_seen_at > now - core.settings.login.idle,
            )
            .order_by(UserSession.last_seen_at.desc())
        )
    )


def end(core: Core, account_id: str, session_id: str) -> None:
    """End one session of this person; raises NotAllowed for anybody else's."""
    with core.writing():
        ended = _end(core, account_id, UserSession.id == session_id)
        if not ended:
            raise NotAllowed("session_gone")
        grants.of_sessions(core, ended)


def end_all(core: Core, account_id: str, *, spare: str | None = None) -> None:
    """End every session of a person but one; applications keep offline access."""
    with core.writing():
        grants.of_sessions(core, _end(core, account_id, *_but(spare)))


def shut_out(core: Core, account_id: str, *, spare: str | None = None) -> None:
    """End every session of a person but one, and all that was given to applications elsewhere."""
    with core.writing():
        grants.of_account(core, account_id, _end(core, account_id, *_but(spare)), spare)


def _but(spare: str | None) -> list[ColumnElement[bool]]:
    return [UserSession.id != spare] if spare else []


def _end(core: Core, account_id: str, *conditions: ColumnElement[bool]) -> Sequence[str]:
    """End sessions; their rows stay locked, so that no code is issued for them meanwhile."""
    return core.db.scalars(
        update(UserSession)
        .where(UserSession.account_id == account_id, UserSession.ended_at.is_(None), *conditions)
        .values(ended_at=core.clock.now())
        .returning(UserSession.id)
        .execution_options(synchronize_session=False)
    ).all()


def supersede(core: Core, before: SignedIn, account_id: str) -> str | None:
    """Continue or end the session that was living in this browser at a new sign-in.

    The same person's goes on under a new cookie value, which is returned; another person's ends
    with all it gave (CVE-2025-12390).
    """
    if before.account_id == account_id:
        return _revalue(core, before.session_id)
    with suppress(NotAllowed):  # ended at this very moment, by that person
        end(core, before.account_id, before.session_id)
    return None


def renew(core: Core, session_id: str) -> str:
    """Return a new cookie value for a session whose person was just verified.

    Raises NotAllowed when the session has ended meanwhile.
    """
    token = _revalue(core, session_id)
    if token is None:
        raise NotAllowed("session_gone")
    return token


def _revalue(core: Core, session_id: str) -> str | None:
    token, now = core.chance.token(), core.clock.now()
    found = core.db.scalars(
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.ended_at.is_(None),
            UserSession.ends_at > now,
            UserSession.last_seen_at > now - core.settings.login.idle,
        )
        .values(
            hash=fingerprint(token),
            auth_time=now,
            last_seen_at=now,
            ends_at=now + core.settings.login.absolute,
        )
        .returning(UserSession.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return token if found else None
