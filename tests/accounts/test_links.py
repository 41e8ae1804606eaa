"""Mailed links as the verbs see them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.accounts import activate, links, reset
from idp.accounts.links import Purpose
from idp.accounts.models import Account, Link, State
from idp.core import Core
from idp.errors import LinkDead
from tests import people
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member

HOUR = timedelta(hours=1)


def made(core: Core, member: Member, purpose: Purpose = Purpose.RESET) -> str:
    with core.writing():
        link = links.make(core, purpose, core.db.get_one(Account, member.id), HOUR)
    return link.rpartition("/")[2]


def code_of(core: Core, token: str, purpose: Purpose = Purpose.RESET) -> str:
    with pytest.raises(LinkDead) as dead, core.writing():
        links.spend(core, token, purpose)
    return dead.value.code


def test_a_link_is_built_from_the_issuer_and_stored_as_a_fingerprint(
    core: Core, account: Member
) -> None:
    token = made(core, account)

    (row,) = core.db.scalars(select(Link)).all()
    assert token not in (row.hash, row.account_id)
    assert len(token) == 22
    assert links.look(core, token).account_id == account.id


def test_a_link_is_spent_once(core: Core, account: Member) -> None:
    token = made(core, account)

    with core.writing():
        assert links.spend(core, token, Purpose.RESET) == account.id

    assert code_of(core, token) == "link_used"


def test_spending_is_undone_with_its_transaction(core: Core, account: Member) -> None:
    token = made(core, account)

    def interrupted() -> None:
        with core.writing():
            links.spend(core, token, Purpose.RESET)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()

    assert links.look(core, token).purpose == Purpose.RESET


def test_a_link_for_one_purpose_is_none_for_another(core: Core, account: Member) -> None:
    token = made(core, account)

    assert code_of(core, token, Purpose.ACTIVATE) == "link_unknown"
    assert links.owner(core, token, Purpose.ACTIVATE) is None
    assert links.look(core, token).account_id == account.id


def test_a_link_is_over_at_its_end_to_the_second(
    core: Core, account: Member, clock: MovableClock
) -> None:
    clock.freeze()
    token = made(core, account)
    clock.advance(minutes=59, seconds=59)
    links.look(core, token)

    clock.advance(seconds=1)

    assert code_of(core, token) == "link_expired"
    with pytest.raises(LinkDead) as dead:
        links.look(core, token)
    assert dead.value.facts == {"purpose": "reset", "ended": clock.now()}


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_nonsense_opens_nothing(core: Core, account: Member, token: str) -> None:
    made(core, account)

    assert code_of(core, token) == "link_unknown"
    assert links.purpose_of(core, token) is None


def test_the_link_of_an_account_that_is_gone_opens_nothing(core: Core, account: Member) -> None:
    token = made(core, account)
    core.db.delete(core.db.get_one(Account, account.id))
    core.db.commit()

    for deed in (activate.finish, reset.choose):
        with pytest.raises(LinkDead) as dead:
            deed(core, token, PASSWORD, "")
        assert dead.value.code == "link_unknown"


def test_a_new_link_for_an_account_activated_meanwhile_is_not_sent(
    core: Core, account: Member, postbox: people.Postbox
) -> None:
    token = made(core, account, Purpose.ACTIVATE)

    activate.renew(core, token, "192.0.2.1")

    assert postbox.mails == []
    assert postbox.nothings == 1


def test_an_activation_link_of_an_active_account_changes_nothing(
    core: Core, account: Member
) -> None:
    token = made(core, account, Purpose.ACTIVATE)

    with pytest.raises(LinkDead) as dead:
        activate.finish(core, token, people.OTHER_PASSWORD, "")

    assert dead.value.code == "link_used"
    people.fresh(core)
    assert core.hasher.verify(core.db.get_one(Account, account.id).password_hash, PASSWORD)
    assert links.look(core, token)


def test_a_registration_of_an_address_that_got_an_owner_meanwhile_is_not_activated(
    core: Core, account: Member
) -> None:
    now = core.clock.now()
    late = Account(id="late", state=State.PENDING, email=account.email, email_key=account.email,
                   created_at=now, updated_at=now)  # fmt: skip
    with core.writing():
        core.db.add(late)
    token = made(core, Member(late.id, account.email), Purpose.ACTIVATE)

    with pytest.raises(LinkDead) as dead:
        activate.finish(core, token, people.OTHER_PASSWORD, "")

    assert dead.value.code == "link_used"
    people.fresh(core)
    assert core.db.get_one(Account, "late").state == State.PENDING


@pytest.mark.parametrize("renew", [activate.renew, reset.renew])
def test_an_unknown_link_is_not_renewed(core: Core, renew: object) -> None:
    with pytest.raises(LinkDead) as dead:
        renew(core, "nie-gesehen", "192.0.2.1")  # type: ignore[operator]

    assert dead.value.code == "link_unknown"


@pytest.mark.parametrize("state", [State.ACTIVE, State.LOCKED, State.DISABLED, State.DELETED])
def test_an_activation_link_opens_nothing_but_a_registration(
    core: Core, account: Member, state: State
) -> None:
    core.db.execute(update(Account).values(state=state))
    core.db.commit()
    token = made(core, account, Purpose.ACTIVATE)

    with pytest.raises(LinkDead) as dead:
        activate.finish(core, token, OTHER_PASSWORD, "")

    assert dead.value.code == "link_used"
    people.fresh(core)
    assert core.db.get_one(Account, account.id).state == state
