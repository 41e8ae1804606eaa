"""Whatever ends tells the applications concerned: each once, in the transaction of the end."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import admin, change, grants, links, login, reset, sessions
from idp.accounts.grants import Grant
from idp.accounts.links import Purpose
from idp.accounts.login import Attempt
from idp.accounts.models import Account
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed
from idp.oauth.models import Client
from idp.outbox import Kind, OutboxRow
from tests import people
from tests.people import OTHER_PASSWORD, PASSWORD, Member

OFFLINE = "openid offline_access"


@dataclass
class Household:
    """Erika at two devices, and what applications were given there."""

    core: Core
    erika: Member
    desk: SignedIn
    phone: SignedIn

    def give(self, client: str, session: SignedIn, scope: str = "openid", **more: object) -> str:
        """Write a grant; its `sid` names client and device."""
        core, now = self.core, self.core.clock.now()
        with core.writing():
            if core.db.get(Client, client) is None:
                core.db.add(registered(client, core))
                core.db.flush()
            grant = Grant(
                id=core.chance.token(12), account_id=session.account_id, client_id=client,
                session_id=session.session_id, sid=self.sid(client, session), scope=scope,
                auth_time=now, acr="a", amr=["pwd"], created_at=now,
                ends_at=now + timedelta(days=1), **more,
            )  # fmt: skip
            core.db.add(grant)
        return grant.id

    def sid(self, client: str, session: SignedIn) -> str:
        return f"{client} at {'desk' if session.session_id == self.desk.session_id else 'phone'}"

    @property
    def told(self) -> list[str]:
        """Return the `sid` of every logout that was written; each says who is meant."""
        people.fresh(self.core)
        rows = self.core.db.scalars(select(OutboxRow).where(OutboxRow.kind == Kind.LOGOUT)).all()
        opened = [
            json.loads(self.core.vault.open(f"outbox:{row.id}", str(row.payload))) for row in rows
        ]
        assert all(told["sub"] == self.erika.id for told in opened)
        assert all(told["sid"].startswith(f"{told['client_id']} at ") for told in opened)
        return sorted(told["sid"] for told in opened)

    def living(self) -> set[str]:
        """Return the grants that were not revoked, as client and device."""
        people.fresh(self.core)
        return set(self.core.db.scalars(select(Grant.sid).where(Grant.revoked_at.is_(None))))


def registered(client: str, core: Core) -> Client:
    return Client(
        id=client, name=client, state="active", auth_method="none", redirect_uris=[],
        post_logout_redirect_uris=[], scopes=[], grant_types=[], id_token_alg="ES256",
        require_pkce=True, first_party=True, created_at=core.clock.now(),
    )  # fmt: skip


def device(core: Core, account_id: str) -> SignedIn:
    with core.writing():
        token = sessions.begin(core, account_id, "Firefox")
    found = sessions.find(core, token)
    assert found
    return found


@pytest.fixture
def household(both_app: Flask) -> Iterator[Household]:
    erika = people.member(both_app)
    with both_app.app_context():
        core = people.core_of(both_app)
        yield Household(core, erika, device(core, erika.id), device(core, erika.id))


@pytest.fixture
def given(household: Household) -> Household:
    """Courses twice and jobs offline at the desk, courses and an offline report at the phone."""
    for _ in range(2):
        household.give("courses", household.desk)
    household.give("jobs", household.desk, OFFLINE)
    household.give("courses", household.phone)
    household.give("report", household.phone, OFFLINE)
    return household


def test_the_end_of_a_session_tells_each_application_of_it_once(given: Household) -> None:
    sessions.end(given.core, given.erika.id, given.desk.session_id)

    assert given.told == ["courses at desk", "jobs at desk"]
    assert given.living() == {"jobs at desk", "courses at phone", "report at phone"}


def test_who_holds_nothing_any_more_is_told_too(given: Household) -> None:
    with given.core.writing():
        assert grants.revoke(given.core, Grant.client_id == "courses") == 3
    assert given.told == []

    sessions.end(given.core, given.erika.id, given.desk.session_id)

    assert given.told == ["courses at desk", "jobs at desk"]


def test_a_grant_keeps_the_moment_of_its_end(given: Household) -> None:
    moment = given.core.clock.now() - timedelta(hours=1)
    grant = given.give("courses", given.desk, revoked_at=moment)

    sessions.end(given.core, given.erika.id, given.desk.session_id)
    admin.lock(given.core, given.erika.id)

    people.fresh(given.core)
    assert given.core.db.get_one(Grant, grant).revoked_at == moment


def test_ending_all_other_sessions_spares_this_one(given: Household) -> None:
    sessions.end_all(given.core, given.erika.id, spare=given.desk.session_id)

    assert given.told == ["courses at phone", "report at phone"]
    assert given.living() == {"courses at desk", "jobs at desk", "report at phone"}
    told = given.told

    sessions.end_all(given.core, given.erika.id, spare=given.desk.session_id)

    assert given.told == told


def test_another_person_at_this_browser_ends_what_was_there(
    both_app: Flask, given: Household
) -> None:
    otto = people.member(both_app, "otto@beispiel.test", "Otto")

    attempt = Attempt(otto.email, PASSWORD, "address:192.0.2.1", "Firefox")
    login.enter(given.core, attempt, given.desk)

    assert given.told == ["courses at desk", "jobs at desk"]


def test_the_same_person_signing_in_again_ends_nothing(given: Household) -> None:
    attempt = Attempt(given.erika.email, PASSWORD, "address:192.0.2.1", "Firefox")
    login.enter(given.core, attempt, given.desk)

    assert given.told == []


def by_lock(household: Household) -> None:
    admin.lock(household.core, household.erika.id)


def by_reset(household: Household) -> None:
    core = household.core
    account = core.db.get_one(Account, household.erika.id)
    with core.writing():
        link = links.make(core, Purpose.RESET, account, core.settings.reset.link_ttl)
    reset.choose(core, link.rpartition("/")[2], OTHER_PASSWORD, "Firefox")


@pytest.mark.parametrize("deed", [by_lock, by_reset])
def test_lock_and_reset_end_everything_and_tell_each_once(
    given: Household, deed: Callable[[Household], None]
) -> None:
    deed(given)

    everyone = ["courses at desk", "courses at phone", "jobs at desk", "report at phone"]
    assert given.told == everyone
    assert given.living() == set()


@pytest.mark.parametrize("deed", [by_lock, by_reset])
def test_offline_access_of_a_session_long_gone_ends_with_a_word(
    given: Household, deed: Callable[[Household], None]
) -> None:
    for session in (given.desk, given.phone):
        sessions.end(given.core, given.erika.id, session.session_id)
    before = given.told

    deed(given)

    assert given.living() == set()
    assert given.told == sorted([*before, "jobs at desk", "report at phone"])


def test_a_changed_password_tells_the_others_and_spares_this_browser(given: Household) -> None:
    change.password(given.core, given.desk, PASSWORD, OTHER_PASSWORD, "address:192.0.2.1")

    assert given.told == ["courses at phone", "report at phone"]
    assert given.living() == {"courses at desk", "jobs at desk"}


def test_nobody_is_told_of_a_session_that_nobody_used(household: Household) -> None:
    sessions.end_all(household.core, household.erika.id)
    admin.lock(household.core, household.erika.id)

    assert household.told == []


def test_an_end_that_fails_tells_nobody(given: Household) -> None:
    def interrupted() -> None:
        with given.core.writing():
            sessions.end(given.core, given.erika.id, given.desk.session_id)
            raise NotAllowed("not_linked")

    with pytest.raises(NotAllowed):
        interrupted()

    assert given.told == []
    assert "courses at desk" in given.living()


def test_a_session_of_somebody_else_cannot_be_ended(both_app: Flask, given: Household) -> None:
    otto = people.member(both_app, "otto@beispiel.test", "Otto")

    with pytest.raises(NotAllowed):
        sessions.end(given.core, otto.id, given.desk.session_id)

    assert given.told == []


@pytest.mark.parametrize("deed", [by_lock, by_reset])
def test_lock_and_reset_tell_who_holds_nothing_any_more_and_leave_the_moment_of_its_end(
    given: Household, deed: Callable[[Household], None]
) -> None:
    moment = given.core.clock.now() - timedelta(hours=1)
    grant = given.give("shop", given.desk, revoked_at=moment)

    deed(given)

    assert "shop at desk" in given.told
    people.fresh(given.core)
    assert given.core.db.get_one(Grant, grant).revoked_at == moment
