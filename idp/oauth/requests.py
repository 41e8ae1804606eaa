"""An authorization request: what was asked, checked; and parked while the person does something.

The parked row is bound to one browser by the hash of its pre-session secret; its id travels as
`?r=`, so three tabs are three requests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from idp.core import Core
from idp.errors import RequestOver
from idp.oauth.claims_request import SCOPE_OF, ClaimsRequest
from idp.oauth.models import PendingRequest
from idp.oauth.registry import Registered
from idp.seal import fingerprint

LIFE = timedelta(minutes=30)
QUERY, FRAGMENT, FORM_POST = MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True)
class Target:
    """Where an answer goes: a registered address, how it is written, and the request's state."""

    redirect_uri: str
    mode: str = QUERY
    state: str | None = None


@dataclass(frozen=True)
class Chosen:
    """What the person decided while a request waited."""

    membership_id: str | None = None
    account_id: str | None = None
    allowed_by: str | None = None
    link_later: bool = False


@dataclass(frozen=True)
class Asked:
    """A checked authorization request (OIDC Core §3.1.2.1), all values plain."""

    client: Registered
    target: Target
    scopes: tuple[str, ...]
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str | None
    # The person that an ID token or the `claims` parameter names; nobody else will do.
    sub: str | None
    claims: ClaimsRequest
    resources: tuple[str, ...]
    challenge: str | None
    business_hint: str | None
    started_at: datetime
    chosen: Chosen = Chosen()

    @property
    def business(self) -> bool:
        """Whether it is about acting for a business."""
        return "business" in self.scopes or "business" in self.claims.names

    @property
    def items(self) -> frozenset[str]:
        """Return everything that a person is asked to allow: scopes, single claims, APIs."""
        single = {n for n in self.claims.names if SCOPE_OF[n] not in self.scopes}
        claims = {f"claim:{name}" for name in single}
        return frozenset({*self.scopes, *claims, *(f"resource:{uri}" for uri in self.resources)})


@dataclass(frozen=True)
class Parked:
    """A request that waits: its parameters as sent, and what was chosen since."""

    id: str
    parameters: Mapping[str, str]
    started_at: datetime
    chosen: Chosen

    @property
    def redirect_uri(self) -> str:
        """Return where the answer will go; checked before parking."""
        return self.parameters["redirect_uri"]


READ: tuple[Any, ...] = (
    PendingRequest.browser, PendingRequest.parameters, PendingRequest.created_at,
    PendingRequest.ends_at, PendingRequest.membership_id, PendingRequest.account_id,
    PendingRequest.allowed_by, PendingRequest.link_later,
)  # fmt: skip


def park(core: Core, parameters: Mapping[str, str], browser: str | None) -> str:
    """Keep a checked request for this browser; returns its id.

    Without a browser it belongs to the first one that opens it.
    """
    request_id, now = core.chance.token(12), core.clock.now()
    sealed = core.vault.seal(f"pending_request:{request_id}", json.dumps(dict(parameters)).encode())
    with core.writing():
        core.db.add(
            PendingRequest(
                id=request_id,
                browser=fingerprint(browser) if browser else None,
                parameters=sealed,
                created_at=now,
                ends_at=now + LIFE,
            )
        )
    return request_id


def fetch(core: Core, request_id: str, browser: str) -> Parked:
    """Return a request of this browser; one that has none yet is this browser's from now on.

    Raises RequestOver: with the `client_id` when it was this browser's and its time is over.
    """
    row = _row(core, request_id)
    if row is not None and row.browser is None:
        row = _adopt(core, request_id, browser) or _row(core, request_id)
    if row is None or row.browser != fingerprint(browser):
        raise RequestOver
    parameters = json.loads(core.vault.open(f"pending_request:{request_id}", row.parameters))
    if row.ends_at <= core.clock.now():
        raise RequestOver(client_id=parameters["client_id"])
    chosen = Chosen(row.membership_id, row.account_id, row.allowed_by, row.link_later)
    return Parked(request_id, parameters, row.created_at, chosen)


def _row(core: Core, request_id: str) -> Row[Any] | None:
    return core.db.execute(select(*READ).where(PendingRequest.id == request_id)).one_or_none()


def _adopt(core: Core, request_id: str, browser: str) -> Row[Any] | None:
    """Bind a request that came without a cookie (by POST) to the browser that opens it first.

    It is as old as this: what the person did before counts as done before it.
    """
    with core.writing():
        return core.db.execute(
            update(PendingRequest)
            .where(PendingRequest.id == request_id, PendingRequest.browser.is_(None))
            .values(browser=fingerprint(browser), created_at=core.clock.now())
            .returning(*READ)
            .execution_options(synchronize_session=False)
        ).one_or_none()


def choose_business(core: Core, parked: Parked, membership_id: str) -> None:
    """Remember for which business this request goes on."""
    _choose(core, parked, membership_id=membership_id)


def choose_account(core: Core, parked: Parked, account_id: str) -> None:
    """Remember as whom this request goes on (`prompt=select_account`)."""
    _choose(core, parked, account_id=account_id)


def allow(core: Core, parked: Parked, account_id: str) -> None:
    """Remember who allowed what this request asks (`prompt=consent`)."""
    _choose(core, parked, allowed_by=account_id)


def link_later(core: Core, parked: Parked) -> None:
    """Remember that the person does not link a business now."""
    _choose(core, parked, link_later=True)


def _choose(core: Core, parked: Parked, **values: object) -> None:
    with core.writing():
        core.db.execute(
            update(PendingRequest)
            .where(PendingRequest.id == parked.id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
