"""What is still needed before an application gets its answer: an ordered list, the first one wins.

Each `needed` is a pure question about plain values. A page never sends a person to another page
of the journey: it finishes its step and returns to `/oauth/authorize`, which asks this list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.oauth import store
from idp.oauth.models import Consent
from idp.oauth.requests import Asked


@dataclass(frozen=True)
class Situation:
    """Everything a step may look at."""

    asked: Asked
    who: SignedIn | None
    now: datetime
    memberships: Sequence[Row[Any]] = ()
    consented: frozenset[str] = frozenset()

    @property
    def membership_id(self) -> str | None:
        """Return the membership to act for, once it is clear."""
        hint, chosen = self.asked.business_hint, self.asked.membership_id
        for row in self.memberships:
            if row.id == chosen or (
                chosen is None and hint is not None and row.business_id == hint
            ):
                return str(row.id)
        alone = len(self.memberships) == 1 and hint is None
        return str(self.memberships[0].id) if alone else None


def needs_login(at: Situation) -> bool:
    """Nobody is signed in."""
    return at.who is None


def needs_again(at: Situation) -> bool:
    """`prompt=login`, or a sign-in older than `max_age`, unless it came after the request.

    Compared as stored, in microseconds, so that a second within one tick cannot loop.
    """
    if at.who is None or at.who.auth_time > at.asked.started_at:
        return False
    if "login" in at.asked.prompt:
        return True
    too_old = at.asked.max_age
    return too_old is not None and at.now - at.who.auth_time > timedelta(seconds=too_old)


def needs_business(at: Situation) -> bool:
    """Several businesses, or not the hinted one: the person chooses, nobody guesses."""
    return bool(at.memberships) and at.membership_id is None


def needs_consent(at: Situation) -> bool:
    """Something is asked that the person has not allowed; first-party applications never ask."""
    return not at.asked.client.first_party and not set(at.asked.scopes) <= at.consented


@dataclass(frozen=True)
class Step:
    """One thing a person may have to do: when, where, and its error for `prompt=none`."""

    name: str
    needed: Callable[[Situation], bool]
    where: str
    error: str


LOGIN = Step("login", needs_login, "/login", "login_required")
STEPS = (
    LOGIN,
    Step("again", needs_again, "/login", "login_required"),
    Step("business", needs_business, "/business/choose", "interaction_required"),
    Step("consent", needs_consent, "/consent", "consent_required"),
)


def first(at: Situation) -> Step | None:
    """Return the first step that is needed, or None: issue."""
    return next((step for step in STEPS if step.needed(at)), None)


def situation(core: Core, asked: Asked, who: SignedIn | None) -> Situation:
    """Load what the steps look at, and no more than this request can need."""
    memberships: Sequence[Row[Any]] = ()
    consented: frozenset[str] = frozenset()
    if who is not None and "business" in asked.scopes:
        memberships = store.memberships(core, who.account_id)
    if who is not None and not asked.client.first_party:
        given = core.db.scalars(
            select(Consent.scopes).where(
                Consent.account_id == who.account_id, Consent.client_id == asked.client.id
            )
        ).one_or_none()
        consented = frozenset(given or ())
    return Situation(asked, who, core.clock.now(), memberships, consented)
