from dataclasses import replace

import pytest

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Throttled
from idp.outbox import Kind
from idp.pin import ask, redeem, registry
from tests.conftest import MovableClock
from tests.pin.situations import (
    CLOSED,
    NUMBER,
    UNKNOWN,
    letters,
    ordered_openly,
    payloads,
    pins,
    states,
    with_pin,
)


def openly(core: Core, number: str = NUMBER, postcode: str = "12345", origin: str = "a") -> None:
    ask.order_openly(core, number, None, postcode, origin)


def test_an_open_order_needs_the_right_postcode(registered: Core) -> None:
    for number, postcode in ((NUMBER, "54321"), (UNKNOWN, "12345"), (CLOSED, "12345")):
        openly(registered, number, postcode)
    assert pins(registered) == []

    openly(registered, postcode=" 123 45 ")

    (letter,) = letters(registered)
    assert letter["person"] is None
    assert [pin.account_id for pin in pins(registered)] == [None]
    assert len(payloads(registered, Kind.NOTHING)) == 3


def test_an_open_order_prints_nothing_while_a_letter_is_on_its_way(
    registered: Core, clock: MovableClock
) -> None:
    openly(registered)
    clock.advance(days=2)
    openly(registered)
    assert len(pins(registered)) == 1

    clock.advance(days=6)
    openly(registered)

    assert states(registered) == ["requested", "requested"]


@pytest.mark.parametrize("by", ["member", "chamber"])
def test_an_open_order_prints_nothing_while_any_other_letter_is_on_its_way(
    registered: Core, anna: SignedIn, clock: MovableClock, by: str
) -> None:
    known = registry.find(registered, (NUMBER, None))
    assert known
    if by == "member":
        ask.order(registered, anna, NUMBER, "")
    else:
        ask.issue(registered, known)
    openly(registered)
    openly(registered, "0000042", "01067")
    assert [letter["number"] for letter in letters(registered)] == [NUMBER, "0000042"]

    clock.advance(days=7, minutes=1)
    openly(registered)

    assert len(letters(registered)) == 3


def test_a_business_gets_one_open_letter_a_day_even_when_the_first_is_used(
    registered: Core, anna: SignedIn
) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered_openly(registered))

    openly(registered)

    assert len(pins(registered)) == 1


def test_a_business_gets_three_open_letters_a_month(registered: Core, clock: MovableClock) -> None:
    for _ in range(5):
        openly(registered)
        clock.advance(days=7.1)

    assert len(pins(registered)) == 3


def test_who_guesses_postcodes_uses_up_nothing_of_the_business(registered: Core) -> None:
    for wrong in range(20):
        openly(registered, postcode=f"{wrong:05}")

    openly(registered)

    assert len(pins(registered)) == 1


def test_an_address_asks_openly_ten_times_a_day(registered: Core) -> None:
    limits = registered.settings.limits.model_copy(update={"per_ip": "on"})
    core = replace(registered, settings=registered.settings.model_copy(update={"limits": limits}))
    for _ in range(10):
        openly(core, UNKNOWN, origin="192.0.2.7")

    with pytest.raises(Throttled, match="throttled"):
        openly(core, UNKNOWN, origin="192.0.2.7")
    openly(core, UNKNOWN, origin="192.0.2.8")


def test_without_login_only_where_the_profile_allows_it(registered: Core) -> None:
    with pytest.raises(NotAllowed, match="login_required_page"):
        openly(with_pin(registered, request_without_login=False))
