"""When a link to a business ends, the applications that acted for it are told, each once."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.outbox import Kind, OutboxRow
from idp.pin import redeem, unlink
from tests import people
from tests.pin import situations
from tests.pin.situations import NUMBER, ordered, register
from tests.pin.test_unlink import grant, revoked

BAKERY = "0000042"


@pytest.fixture
def house(both_app: Flask) -> Iterator[Core]:
    """A register with businesses, on both databases."""
    with both_app.app_context():
        core = people.core_of(both_app)
        register(core)
        yield core


@pytest.fixture
def anna(house: Core) -> SignedIn:
    return situations.person(house, "Anna")


def linked(core: Core, who: SignedIn, number: str = NUMBER) -> str:
    return redeem.link(core, who, number, "", ordered(core, who, number)).membership_id


def told(core: Core) -> list[dict[str, str]]:
    people.fresh(core)
    rows = core.db.scalars(select(OutboxRow).where(OutboxRow.kind == Kind.LOGOUT)).all()
    return [json.loads(core.vault.open(f"outbox:{row.id}", str(row.payload))) for row in rows]


def test_leaving_a_business_tells_those_who_acted_for_it_once(house: Core, anna: SignedIn) -> None:
    membership = linked(house, anna)
    for _ in range(3):
        grant(house, anna, membership)
    other = grant(house, anna, None)

    unlink.leave(house, anna, membership)

    assert told(house) == [{"client_id": "portal", "sid": "s", "sub": anna.account_id}]
    assert not revoked(house, other)


def test_leaving_a_business_nobody_acted_for_tells_nobody(house: Core, anna: SignedIn) -> None:
    membership = linked(house, anna)
    grant(house, anna, None)

    unlink.leave(house, anna, membership)

    assert told(house) == []


def test_two_businesses_closed_at_once_are_told_once(house: Core, anna: SignedIn) -> None:
    bert = situations.person(house, "Bert")
    held = [grant(house, anna, linked(house, anna, number)) for number in (NUMBER, BAKERY)]
    held.append(grant(house, bert, linked(house, bert)))

    lines = [situations.REGISTER.splitlines()[0]]
    lines += [f"{number};;Ende GmbH;Weg 1;12345;Ort;geschlossen" for number in (NUMBER, BAKERY)]
    register(house, "\n".join(lines))

    assert all(revoked(house, each) for each in held)
    subs = [each["sub"] for each in told(house)]
    assert sorted(subs) == sorted([anna.account_id, bert.account_id])


def test_an_import_that_closes_nothing_tells_nobody(house: Core, anna: SignedIn) -> None:
    held = grant(house, anna, linked(house, anna))

    register(house, situations.REGISTER.replace("Holzweg 1", "Holzweg 2"))

    assert told(house) == []
    assert not revoked(house, held)
