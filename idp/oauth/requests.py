"""An authorization request: what was asked, checked; and parked while the person does something.

The parked row is bound to one browser by the hash of its pre-session secret; its id travels as
`?r=`, so three tabs are three requests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from idp.core import Core
from idp.errors import Refused
from idp.oauth.models import PendingRequest
from idp.oauth.registry import Registered
from idp.seal import fingerprint

LIFE = timedelta(minutes=30)


@dataclass(frozen=True)
class Asked:
    """A checked authorization request (OIDC Core §3.1.2.1), all values plain."""

    client: Registered
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str | None
    challenge: str | None
    business_hint: str | None
    started_at: datetime
    membership_id: str | None = None


@dataclass(frozen=True)
class Parked:
    """A request that waits: its parameters as sent, and what was chosen since."""

    id: str
    parameters: Mapping[str, str]
    started_at: datetime
    membership_id: str | None

    @property
    def redirect_uri(self) -> str:
        """Return where the answer will go; checked before parking."""
        return self.parameters["redirect_uri"]


def park(core: Core, parameters: Mapping[str, str], browser: str) -> str:
    """Keep a checked request for this browser; returns its id."""
    request_id, now = core.chance.token(12), core.clock.now()
    sealed = core.vault.seal(f"pending_request:{request_id}", json.dumps(dict(parameters)).encode())
    with core.writing():
        core.db.add(
            PendingRequest(
                id=request_id,
                browser=fingerprint(browser),
                parameters=sealed,
                created_at=now,
                ends_at=now + LIFE,
            )
        )
    return request_id


def fetch(core: Core, request_id: str, browser: str) -> Parked:
    """Return a request of this browser; raises Refused("request_expired") for any other."""
    row = core.db.execute(
        select(
            PendingRequest.parameters, PendingRequest.created_at, PendingRequest.membership_id
        ).where(
            PendingRequest.id == request_id,
            PendingRequest.browser == fingerprint(browser),
            PendingRequest.ends_at > core.clock.now(),
        )
    ).one_or_none()
    if row is None:
        raise Refused("request_expired")
    parameters = json.loads(core.vault.open(f"pending_request:{request_id}", row.parameters))
    return Parked(request_id, parameters, row.created_at, row.membership_id)


def choose_business(core: Core, parked: Parked, membership_id: str) -> None:
    """Remember for which business this request goes on."""
    with core.writing():
        core.db.execute(
            update(PendingRequest)
            .where(PendingRequest.id == parked.id)
            .values(membership_id=membership_id)
            .execution_options(synchronize_session=False)
        )
