"""What is over goes, what lives stays, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from idp.accounts import limits, register, sessions
from idp.accounts.grants import Grant
from idp.accounts.models import AcceptedText, Account, AuditEvent, Counter, Link, State, UserSession
from idp.core import Core
from idp.db import Base
from idp.oauth.models import Client, Code, PendingRequest, RefreshToken, SeenJti
from idp.outbox import OutboxRow
from idp.pin import redeem
from idp.pin.models import Letter, LetterState, Membership, Pin
from idp.web.house import NAME
from idp.worker import retention
from tests.conftest import MovableClock
from tests.pin import situations


@pytest.fixture
def house(both_app: Flask) -> Iterator[Core]:
    with both_app.app_context():
        yield both_app.extensions[NAME].core


def count(core: Core, model: type[Base]) -> int:
    core.db.rollback()
    return int(core.db.scalar(select(func.count()).select_from(model)) or 0)


def registered(core: Core, email: str = "anna@b.test") -> None:
    register.ask(core, register.Application(email, "de", {"terms": "Die Bedingungen"}))


def member(core: Core) -> str:
    registered(core, "member@b.test")
    with core.writing():
        account = core.db.scalars(select(Account).where(Account.email == "member@b.test")).one()
        account.state = State.ACTIVE
    return account.id


def test_a_registration_nobody_confirmed_vanishes_after_a_week_with_all_of_it(
    house: Core, clock: MovableClock
) -> None:
    registered(house)
    clock.advance(days=6)
    assert retention.once(house).counts["registrations"] == 0

    clock.advance(days=2)

    assert retention.once(house).counts["registrations"] == 1
    assert [count(house, model) for model in (Account, Link, AcceptedText)] == [0, 0, 0]


def test_a_registration_with_a_link_still_open_stays(house: Core, clock: MovableClock) -> None:
    registered(house)
    clock.advance(days=7, hours=1)
    register.again(house, "anna@b.test", "de")

    assert retention.once(house).counts["registrations"] == 0


def test_a_member_stays_however_old(house: Core, clock: MovableClock) -> None:
    member(house)
    clock.advance(days=4000)

    retention.once(house)

    assert count(house, Account) == 1


def test_a_session_goes_a_month_after_its_end(house: Core, clock: MovableClock) -> None:
    account_id = member(house)
    with house.writing():
        sessions.begin(house, account_id, "a browser")
    clock.advance(days=30)
    assert retention.once(house).counts["sessions"] == 0

    clock.advance(days=1)

    assert retention.once(house).counts["sessions"] == 1
    assert count(house, UserSession) == 0


def granted(core: Core, ends: timedelta) -> None:
    """Write a grant with its code and refresh token."""
    account_id, now = member(core), core.clock.now()
    with core.writing():
        core.db.add(
            Client(
                id="c", name="c", state="active", auth_method="none", redirect_uris=[],
                post_logout_redirect_uris=[], scopes=[], grant_types=[], id_token_alg="ES256",
                require_pkce=True, first_party=False, created_at=now,
            )
        )  # fmt: skip
        core.db.flush()
        core.db.add(
            Grant(
                id="g", account_id=account_id, client_id="c", session_id="s", sid="x",
                scope="openid offline_access", auth_time=now, acr="a", amr=["pwd"],
                created_at=now, ends_at=now + ends,
            )
        )  # fmt: skip
        core.db.flush()
        core.db.add(Code(hash="h", grant_id="g", redirect_uri="r", ends_at=now))
        core.db.add(RefreshToken(hash="h", grant_id="g", ends_at=now + ends))


def test_a_grant_goes_with_its_codes_and_tokens(house: Core, clock: MovableClock) -> None:
    granted(house, timedelta(days=180))
    clock.advance(days=60)
    retention.once(house)
    assert [count(house, model) for model in (Grant, Code, RefreshToken)] == [1, 0, 1]

    clock.advance(days=180)
    retention.once(house)

    assert [count(house, model) for model in (Grant, Code, RefreshToken)] == [0, 0, 0]


def test_a_revoked_grant_goes_a_month_after(house: Core, clock: MovableClock) -> None:
    granted(house, timedelta(days=180))
    with house.writing():
        house.db.get_one(Grant, "g").revoked_at = clock.now()
    clock.advance(days=31)

    assert retention.once(house).counts["grants"] == 1
    assert count(house, RefreshToken) == 0


def test_mails_delivered_or_given_up_go_and_waiting_ones_stay(
    house: Core, clock: MovableClock
) -> None:
    with house.writing():
        house.post.nothing()
        (sent,) = house.post.lease(1)
        house.post.delivered(sent)
        lost, _ = house.post.nothing(), house.post.nothing()
        house.db.get_one(OutboxRow, lost).failed_at = clock.now()
    clock.advance(days=31)

    assert retention.once(house).counts["outbox"] == 2
    assert count(house, OutboxRow) == 1


def test_the_grant_of_a_living_session_stays_to_tell_its_end(
    house: Core, clock: MovableClock
) -> None:
    granted(house, timedelta(minutes=1))
    house.db.commit()
    account_id = house.db.scalars(select(Grant.account_id)).one()
    with house.writing():
        sessions.begin(house, account_id, "a browser")
    session = house.db.scalars(select(UserSession)).one()
    with house.writing():
        session.ends_at = clock.now() + timedelta(days=90)
        house.db.get_one(Grant, "g").session_id = session.id
    clock.advance(days=60)
    assert retention.once(house).counts["grants"] == 0

    sessions.end(house, account_id, session.id)

    assert retention.once(house).counts["grants"] == 1


def test_counters_and_spent_jwts_go_when_they_end(house: Core, clock: MovableClock) -> None:
    now = clock.now()
    with house.writing():
        for name, minutes in (("over", -1), ("open", 1)):
            ends = now + timedelta(minutes=minutes)
            house.db.add(Counter(key=name, value=1, ends_at=ends, next_at=now))
            house.db.add(SeenJti(hash=name, ends_at=ends))

    retention.once(house)

    assert house.db.scalars(select(Counter.key)).all() == ["open"]
    assert house.db.scalars(select(SeenJti.hash)).all() == ["open"]


def test_a_pending_request_goes_a_day_after_its_end(house: Core, clock: MovableClock) -> None:
    now = clock.now()
    with house.writing():
        for name, hours in (("over", -25), ("late", -23)):
            house.db.add(
                PendingRequest(
                    id=name, browser="b", parameters="p", created_at=now,
                    ends_at=now + timedelta(hours=hours),
                )
            )  # fmt: skip

    retention.once(house)

    assert house.db.scalars(select(PendingRequest.id)).all() == ["late"]


def test_a_pin_goes_a_month_after_its_end_with_its_letter_but_not_before_that_is_printed(
    house: Core, clock: MovableClock
) -> None:
    situations.register(house)
    who = situations.person(house, "Paula")
    situations.ordered(house, who)
    clock.advance(days=61)
    assert retention.once(house).counts["pins"] == 0

    with house.writing():
        house.db.execute(update(Letter).values(state=LetterState.SENT))

    assert retention.once(house).counts["pins"] == 1
    assert [count(house, model) for model in (Pin, Letter)] == [0, 0]


def test_a_pin_stays_a_month_after_its_end(house: Core, clock: MovableClock) -> None:
    situations.register(house)
    situations.ordered(house, situations.person(house, "Paula"))
    with house.writing():
        house.db.execute(update(Letter).values(state=LetterState.SENT))
    clock.advance(days=59)

    assert retention.once(house).counts["pins"] == 0


def test_a_link_outlives_the_pin_that_made_it(house: Core, clock: MovableClock) -> None:
    situations.register(house)
    who = situations.person(house, "Paula")
    redeem.link(house, who, situations.NUMBER, "", situations.ordered(house, who))
    with house.writing():
        house.db.execute(update(Letter).values(state=LetterState.SENT))
    clock.advance(days=61)

    assert retention.once(house).counts["pins"] == 1
    assert house.db.scalars(select(Membership)).one().until is None


def test_a_dry_run_counts_and_removes_nothing(house: Core, clock: MovableClock) -> None:
    registered(house)
    clock.advance(days=8)

    report = retention.once(house, dry_run=True)

    assert report.dry_run
    assert report.counts["registrations"] == 1
    assert count(house, Account) == 1


def test_what_happened_is_kept_and_the_removal_is_noted(house: Core, clock: MovableClock) -> None:
    registered(house)
    clock.advance(days=8)

    report = retention.once(house)

    kinds = house.db.scalars(select(AuditEvent.kind).order_by(AuditEvent.at)).all()
    assert kinds == ["account.registered", "retention.done"]
    assert report.total == sum(report.counts.values())


def test_a_round_without_anything_to_do_leaves_no_trace(house: Core) -> None:
    assert retention.once(house).total == 0
    assert count(house, AuditEvent) == 0


def test_more_than_one_chunk_goes(
    house: Core, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "CHUNK", 3)
    limit = limits.Limit("x", 5, timedelta(minutes=1))
    for number in range(7):
        limits.spend(house, limit, str(number))
    clock.advance(minutes=2)

    assert retention.once(house).counts["counters"] == 7


def test_every_rule_removes_by_the_primary_key(house: Core) -> None:
    keys: list[InstrumentedAttribute[str]] = [rule.key for rule in retention.rules(house)]

    assert all(key.property.columns[0].primary_key for key in keys)
