"""What is still needed before an application gets its answer: an ordered list, the first one wins.

Each `needed` is a pure question about plain values. A page never sends a person to another page
of the journey: it finishes its step and returns to `/oauth/authorize`, which asks this list.
Whether something was done since the request is read off what is stored (sign-in, consent), in
microseconds as stored, so that no flag can be forged and a second within one tick cannot loop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from idp.accounts import terms
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.oauth import store
from idp.oauth.models import Consent
from idp.oauth.requests import Asked


@dataclass(frozen=True)
class Consented:
    """What a person allowed this application, and the row where that stands."""

    items: frozenset[str] = frozenset()
    id: str | None = None


@dataclass(frozen=True)
class Situation:
    """Everything a step may look at; `terms` is the version that must be accepted, if any."""

    asked: Asked
    who: SignedIn | None
    now: datetime
    memberships: Sequence[Row[Any]] = ()
    consented: Consented = field(default_factory=Consented)
    terms: str | None = None

    @property
    def membership_id(self) -> str | None:
        """Return the membership to act for, once it is clear."""
        hint, chosen = self.asked.business_hint, self.asked.chosen.membership_id
        for row in self.memberships:
            if row.id == chosen or (
                chosen is None and hint is not None and row.business_id == hint
            ):
                return str(row.id)
        # One that was chosen and has ended since is never replaced by another.
        alone = len(self.memberships) == 1 and hint is None and chosen is None
        return str(self.memberships[0].id) if alone else None

    @property
    def must_be_allowed(self) -> bool:
        """Whether the person's word is needed, and so must still stand when the code is issued."""
        return not self.asked.client.first_party or "consent" in self.asked.prompt

    @property
    def fresh(self) -> bool:
        """Whether the person signed in after the request came."""
        return self.who is not None and self.who.auth_time > self.asked.started_at


def needs_account(at: Situation) -> bool:
    """`prompt=create`: the person wants a new account, whoever is signed in."""
    return "create" in at.asked.prompt and not at.fresh


def needs_login(at: Situation) -> bool:
    """Nobody is signed in."""
    return at.who is None


def needs_choice_of_account(at: Situation) -> bool:
    """`prompt=select_account`: as whom to go on was not said yet."""
    if at.who is None or "select_account" not in at.asked.prompt or at.fresh:
        return False
    return at.asked.chosen.account_id != at.who.account_id


def needs_again(at: Situation) -> bool:
    """`prompt=login`, a sign-in older than `max_age`, or another person than the one named."""
    if at.who is None or at.fresh:
        return False
    if "login" in at.asked.prompt or is_someone_else(at):
        return True
    too_old = at.asked.max_age
    return too_old is not None and at.now - at.who.auth_time > timedelta(seconds=too_old)


def is_someone_else(at: Situation) -> bool:
    """The application named a person (`id_token_hint`, `claims`), and this is not that one."""
    return at.who is not None and at.asked.sub not in (None, at.who.account_id)


def lacks_level(at: Situation) -> bool:
    """A level is a must (OIDC Core §5.5.1.1) that this sign-in has not, and cannot reach."""
    levels = at.asked.claims.acr
    return at.who is not None and bool(levels) and at.who.acr not in levels


def needs_new_password(at: Situation) -> bool:
    """A new password is due."""
    return at.who is not None and at.who.must_change is not None


def needs_terms(at: Situation) -> bool:
    """The terms have changed since this person accepted them."""
    return at.who is not None and at.terms not in (None, at.who.terms_version)


def needs_link(at: Situation) -> bool:
    """A business is a must for the application, and there is none yet; "later" is an answer."""
    asked = at.asked
    return asked.claims.business and not at.memberships and not asked.chosen.link_later


def needs_business(at: Situation) -> bool:
    """Several businesses, or not the hinted one: the person chooses, nobody guesses."""
    return bool(at.memberships) and at.membership_id is None


def needs_consent(at: Situation) -> bool:
    """`prompt=consent`, or something is asked that the person has not allowed.

    First-party applications are not asked for the second, but always for the first: there the
    answer to this very request counts, not what was allowed to another one meanwhile.
    """
    asked = at.asked
    if "consent" in asked.prompt and at.who and asked.chosen.allowed_by != at.who.account_id:
        return True
    return at.must_be_allowed and not asked.items <= at.consented.items


@dataclass(frozen=True)
class Step:
    """One thing to do: whether, where, and the error that `prompt=none` gets instead.

    Without a page nothing can be done: the error goes to the application in any case.
    """

    name: str
    needed: Callable[[Situation], bool]
    where: str | None
    error: str


LOGIN = Step("login", needs_login, "/login", "login_required")
STEPS = (
    Step("create", needs_account, "/register", "login_required"),
    LOGIN,
    Step("account", needs_choice_of_account, "/login/account", "account_selection_required"),
    Step("again", needs_again, "/login", "login_required"),
    Step("someone_else", is_someone_else, None, "login_required"),
    Step("level", lacks_level, None, "unmet_authentication_requirements"),
    Step("password", needs_new_password, "/password/renew", "interaction_required"),
    Step("terms", needs_terms, "/terms", "interaction_required"),
    Step("link", needs_link, "/business/link", "interaction_required"),
    Step("business", needs_business, "/business/choose", "interaction_required"),
    Step("consent", needs_consent, "/consent", "consent_required"),
)


def first(at: Situation) -> Step | None:
    """Return the first step that is needed, or None: issue."""
    return next((step for step in STEPS if step.needed(at)), None)


def situation(core: Core, asked: Asked, who: SignedIn | None) -> Situation:
    """Load what the steps look at, and no more than this request can need."""
    memberships: Sequence[Row[Any]] = ()
    consented = Consented()
    if who is not None and asked.business:
        memberships = store.memberships(core, who.account_id)
    if who is not None and (not asked.client.first_party or "consent" in asked.prompt):
        consented = _consented(core, asked, who)
    return Situation(asked, who, core.clock.now(), memberships, consented, terms.wanted(core))


def _consented(core: Core, asked: Asked, who: SignedIn) -> Consented:
    row = core.db.execute(
        select(Consent.scopes, Consent.id).where(
            Consent.account_id == who.account_id, Consent.client_id == asked.client.id
        )
    ).one_or_none()
    return Consented(frozenset(row.scopes), row.id) if row else Consented()
