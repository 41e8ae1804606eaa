"""The compiled Core statements of the protocol's hot paths, and nothing else.

Everything here runs in the caller's transaction. Each one-time thing is spent by one conditional
UPDATE; what exchanges something for a token asks whether client and account are still active.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, exists, insert, select, update

from idp.accounts.grants import Grant
from idp.accounts.models import Account, UserSession
from idp.accounts.models import State as AccountState
from idp.core import Core
from idp.oauth.models import Client, Code, Consent, RefreshToken
from idp.oauth.registry import State as ClientState
from idp.pin.models import Business, Membership
from idp.seal import fingerprint

CODE_LIFE = timedelta(seconds=60)

_code, _refresh, _grant = Code.__table__, RefreshToken.__table__, Grant.__table__

SPEND_CODE = (
    update(_code)  # type: ignore[arg-type]
    .where(
        _code.c.hash == bindparam("token"),
        _code.c.used_at.is_(None),
        _code.c.ends_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(_code.c.grant_id, _code.c.redirect_uri, _code.c.challenge)
)
USED_CODE = (
    select(_code.c.grant_id)
    .join(_grant, _grant.c.id == _code.c.grant_id)
    .where(
        _code.c.hash == bindparam("token"),
        _code.c.used_at.is_not(None),
        _grant.c.client_id == bindparam("client"),
    )
)
SPEND_REFRESH = (
    update(_refresh)  # type: ignore[arg-type]
    .where(
        _refresh.c.hash == bindparam("token"),
        _refresh.c.used_at.is_(None),
        _refresh.c.ends_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(_refresh.c.grant_id)
)
PROLONG_REFRESH = (
    update(_refresh)  # type: ignore[arg-type]
    .where(
        _refresh.c.hash == bindparam("token"),
        _refresh.c.used_at.is_(None),
        _refresh.c.ends_at > bindparam("now"),
    )
    .values(ends_at=bindparam("ends"))
    .returning(_refresh.c.grant_id)
)
USED_REFRESH = (
    select(_refresh.c.grant_id)
    .join(_grant, _grant.c.id == _refresh.c.grant_id)
    .where(
        _refresh.c.hash == bindparam("token"),
        _refresh.c.used_at.is_not(None),
        _grant.c.client_id == bindparam("client"),
    )
)
GRANTED = (
    select(
        Grant.id, Grant.client_id, Grant.account_id, Grant.session_id, Grant.sid,
        Grant.membership_id, Grant.scope, Grant.auth_time, Grant.acr, Grant.amr, Grant.nonce,
        Grant.claims, Grant.resources, Grant.ends_at,
        Account.email, Account.email_verified_at, Account.given_name, Account.family_name,
        Account.locale, Account.updated_at, Account.claims.label("account_claims"),
        Account.must_change,
        Membership.until, Membership.role, Membership.declared_role, Membership.verified_at,
        Membership.method, Membership.assurance,
        Business.id.label("business_id"), Business.number, Business.branch, Business.name,
        Business.status,
    )
    .join(Account, Account.id == Grant.account_id)
    .join(Client, Client.id == Grant.client_id)
    .outerjoin(Membership, Membership.id == Grant.membership_id)
    .outerjoin(Business, Business.id == Membership.business_id)
    .where(
        Grant.id == bindparam("grant"),
        Grant.revoked_at.is_(None),
        Grant.ends_at > bindparam("now"),
        Account.state == AccountState.ACTIVE,
        Client.state == ClientState.ACTIVE,
    )
)  # fmt: skip
# Locked until the tokens are written (PostgreSQL; SQLite has one writer): an unlink or a lock that
# ends the grant comes before, and nothing is issued, or after.
GRANTED_LOCKED = GRANTED.with_for_update(read=True, of=Grant)
MEMBERSHIPS = (
    select(
        Membership.id, Membership.role, Membership.declared_role, Membership.verified_at,
        Membership.method, Membership.assurance,
        Business.id.label("business_id"), Business.number, Business.branch, Business.name,
    )
    .join(Business, Business.id == Membership.business_id)
    .where(
        Membership.account_id == bindparam("account"),
        Membership.until.is_(None),
        Business.status == "active",
    )
    .order_by(Business.name, Business.number, Business.branch)
)  # fmt: skip
_client_is_active = (Client.id == bindparam("client"), Client.state == ClientState.ACTIVE)
ACTIVE_CLIENT = select(exists().where(*_client_is_active))
# Session, membership, business and consent are locked while their grant is written: whoever ends
# one of them, as a reset or an unlink does, either sees the grant or is seen here.
_living = (
    select(*(bindparam(column.name, type_=column.type) for column in _grant.c))
    .select_from(UserSession)
    .where(
        UserSession.id == bindparam("living"),
        UserSession.ended_at.is_(None),
        UserSession.ends_at > bindparam("now"),
    )
)


@lru_cache(maxsize=4)
def _add_grant(*, acting: bool, allowed: bool) -> Any:
    living, names = _living, [column.name for column in _grant.c]
    locked: list[Any] = [UserSession]
    if acting:
        living = living.join(Membership, Membership.id == bindparam("acting")).join(Business)
        living = living.where(Membership.until.is_(None), Business.status == "active")
        locked = [*locked, Membership, Business]
    if allowed:
        living = living.join(Consent, Consent.id == bindparam("allowed"))
        locked = [*locked, Consent]
    chosen = living.with_for_update(read=True, of=locked)
    return insert(_grant).from_select(names, chosen).returning(_grant.c.id)  # type: ignore[arg-type]


ADD_CODE = insert(_code)  # type: ignore[arg-type]
ADD_REFRESH = insert(_refresh)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Spent:
    """A redeemed code."""

    grant_id: str
    redirect_uri: str
    challenge: str | None


def spend_code(core: Core, code: str) -> Spent | None:
    """Use a code up; None when it is unknown, over or used."""
    values = {"token": fingerprint(code), "now": core.clock.now()}
    row = core.db.execute(SPEND_CODE, values).one_or_none()
    return Spent(*row) if row else None


def used_code(core: Core, code: str, client_id: str) -> str | None:
    """Return the grant of this client's code that was used before: somebody has stolen it."""
    values = {"token": fingerprint(code), "client": client_id}
    return core.db.execute(USED_CODE, values).scalar_one_or_none()


def spend_refresh(core: Core, token: str) -> str | None:
    """Use a refresh token up (rotation); returns its grant or None."""
    values = {"token": fingerprint(token), "now": core.clock.now()}
    return core.db.execute(SPEND_REFRESH, values).scalar_one_or_none()


def prolong_refresh(core: Core, token: str, ends: datetime) -> str | None:
    """Use a refresh token that is not rotated: it may idle anew; returns its grant or None."""
    values = {"token": fingerprint(token), "now": core.clock.now(), "ends": ends}
    return core.db.execute(PROLONG_REFRESH, values).scalar_one_or_none()


def used_refresh(core: Core, token: str, client_id: str) -> str | None:
    """Return the grant of this client's refresh token that was rotated away before."""
    values = {"token": fingerprint(token), "client": client_id}
    return core.db.execute(USED_REFRESH, values).scalar_one_or_none()


def granted(core: Core, grant_id: str, *, lock: bool = False) -> Row[Any] | None:
    """Return a living grant with its person and business; None when grant, account or client ended.

    Its membership may be over: `until` and `status` tell. `lock` keeps it from
    ending before the caller's transaction does.
    """
    values = {"grant": grant_id, "now": core.clock.now()}
    statement = GRANTED_LOCKED if lock else GRANTED
    found: Row[Any] | None = core.db.execute(statement, values).one_or_none()  # type: ignore[assignment]
    return found


def memberships(core: Core, account_id: str) -> list[Row[Any]]:
    """Return the living memberships of a person in active businesses."""
    return list(core.db.execute(MEMBERSHIPS, {"account": account_id}))


def client_is_active(core: Core, client_id: str) -> bool:
    """Tell whether a client may have tokens now, whatever the cache says."""
    return bool(core.db.execute(ACTIVE_CLIENT, {"client": client_id}).scalar_one())


def code_row(
    code: str, grant_id: str, redirect_uri: str, challenge: str | None, now: datetime
) -> dict[str, Any]:
    """Return the row of a new code; it lives 60 seconds."""
    return {
        "hash": fingerprint(code),
        "grant_id": grant_id,
        "redirect_uri": redirect_uri,
        "challenge": challenge,
        "ends_at": now + CODE_LIFE,
        "used_at": None,
    }


def add_grant(
    core: Core, values: dict[str, Any], code: dict[str, Any], consent_id: str | None = None
) -> bool:
    """Write a grant and its code.

    False, and nothing is written, when session, membership or consent has ended.
    """
    acting = values["membership_id"]
    statement = _add_grant(acting=acting is not None, allowed=consent_id is not None)
    more = {"living": values["session_id"], "now": values["created_at"]}
    more |= {"acting": acting} if acting else {}
    more |= {"allowed": consent_id} if consent_id else {}
    if core.db.execute(statement, values | more).one_or_none() is None:
        return False
    core.db.execute(ADD_CODE, [code])
    return True


def add_refresh(core: Core, token: str, grant_id: str, ends: datetime) -> None:
    """Write a refresh token."""
    core.db.execute(
        ADD_REFRESH,
        [{"hash": fingerprint(token), "grant_id": grant_id, "ends_at": ends, "used_at": None}],
    )
