"""Sessions as the verbs see them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.accounts import sessions
from idp.accounts.models import UserSession
from idp.core import Core
from idp.errors import NotAllowed
from tests import people
from tests.conftest import MovableClock
from tests.people import Member


def begun(core: Core, member: Member) -> str:
    with core.writing():
        return sessions.begin(core, member.id, "Firefox")


def test_a_cookie_value_is_stored_nowhere(core: Core, account: Member) -> None:
    token = begun(core, account)

    row = core.db.scalars(select(UserSession)).one()

    assert token not in (row.id, row.hash, row.account_id)
    assert len(token) == 43


def test_the_session_tells_who_how_and_when(
    core: Core, account: Member, clock: MovableClock
) -> None:
    clock.freeze()

    found = sessions.find(core, begun(core, account))

    assert found
    assert (found.account_id, found.email, found.amr) == (account.id, account.email, ("pwd",))
    assert found.auth_time == clock.now()
    assert found.acr == "urn:kammer-idp:acr:pwd"


@pytest.mark.parametrize("token", ["", "x", "\0", "\udfff", "x" * 9000])
def test_nonsense_is_no_session(core: Core, account: Member, token: str) -> None:
    begun(core, account)

    assert sessions.find(core, token) is None


def test_reading_a_session_writes_once_a_minute_at_most(
    core: Core, account: Member, clock: MovableClock
) -> None:
    clock.freeze()
    token, begin = begun(core, account), clock.now()

    def seen() -> timedelta:
        sessions.find(core, token)
        people.fresh(core)
        return core.db.scalars(select(UserSession)).one().last_seen_at - begin

    clock.advance(seconds=50)
    assert seen() == timedelta(0)
    clock.advance(seconds=11)
    assert seen() == timedelta(seconds=61)


def test_using_a_session_does_not_move_its_end(
    core: Core, account: Member, clock: MovableClock
) -> None:
    clock.freeze()
    token = begun(core, account)
    ends = core.db.scalars(select(UserSession)).one().ends_at

    clock.advance(minutes=20)
    sessions.find(core, token)

    people.fresh(core)
    assert core.db.scalars(select(UserSession)).one().ends_at == ends


def test_an_ended_session_cannot_be_renewed_or_ended_again(core: Core, account: Member) -> None:
    found = sessions.find(core, begun(core, account))
    assert found
    sessions.end(core, account.id, found.session_id)

    with pytest.raises(NotAllowed) as renewed, core.writing():
        sessions.renew(core, found.session_id)
    with pytest.raises(NotAllowed) as ended:
        sessions.end(core, account.id, found.session_id)

    assert renewed.value.code == ended.value.code == "session_gone"


def test_a_session_that_idled_out_does_not_come_back_by_signing_in_again(
    core: Core, account: Member, clock: MovableClock
) -> None:
    found = sessions.find(core, begun(core, account))
    assert found
    clock.advance(minutes=31)

    with core.writing():
        assert sessions.supersede(core, found, account.id) is None


def test_an_overlong_browser_name_is_cut(core: Core, account: Member) -> None:
    with core.writing():
        sessions.begin(core, account.id, "x" * 5000)

    assert len(core.db.scalars(select(UserSession.device)).one()) == 200


def test_a_session_at_its_end_does_not_come_back_by_signing_in_again(
    core: Core, account: Member, clock: MovableClock
) -> None:
    token = begun(core, account)
    found = sessions.find(core, token)
    assert found
    for _ in range(30):
        clock.advance(minutes=24)
        sessions.find(core, token)

    with core.writing():
        assert sessions.supersede(core, found, account.id) is None
