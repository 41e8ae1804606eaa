from datetime import timedelta

import pytest

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed
from idp.pin import ask, overview, printing, redeem, unlink
from idp.plugins import PrintedLetter
from tests.conftest import MovableClock
from tests.pin.situations import (
    CLOSED,
    NUMBER,
    REGISTER,
    UNKNOWN,
    entry,
    letters,
    ordered,
    ordered_openly,
    register,
    states,
)


def test_a_member_sees_businesses_by_name_and_whether_they_are_entered(
    registered: Core, anna: SignedIn
) -> None:
    for number, branch in ((NUMBER, ""), (NUMBER, "001"), ("0000042", "")):
        redeem.link(registered, anna, number, branch, ordered(registered, anna, number, branch))
    entry(registered, "0000042").status = "closed"
    registered.db.commit()

    found = overview.memberships(registered, anna.account_id)

    assert [(link.business.name, link.business.branch, link.usable) for link in found] == [
        ("Bäckerei Muster", None, False),
        ("Tischlerei Beispiel GmbH", None, True),
        ("Tischlerei Beispiel, Filiale Süd", "001", True),
    ]
    assert found[0].business.city == "Dresden"


def test_a_member_sees_only_own_links(registered: Core, anna: SignedIn, bert: SignedIn) -> None:
    linked = redeem.link(registered, anna, NUMBER, "", ordered(registered, anna)).membership_id

    assert overview.membership(registered, anna.account_id, linked).business.number == NUMBER
    assert overview.memberships(registered, bert.account_id) == []
    with pytest.raises(NotAllowed, match="not_linked"):
        overview.membership(registered, bert.account_id, linked)


def test_an_ordered_pin_is_shown_without_the_name_until_it_is_used(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna)
    (waiting,) = overview.pins(registered, anna.account_id)
    assert (waiting.number, waiting.branch, waiting.name, waiting.state) == (
        NUMBER, None, None, "requested",
    )  # fmt: skip

    redeem.link(registered, anna, NUMBER, "", pin)

    (used,) = overview.pins(registered, anna.account_id)
    assert (used.name, used.state) == ("Tischlerei Beispiel GmbH", "used")


def test_a_pin_is_shown_as_expired_and_later_not_at_all(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    ordered(registered, anna)
    clock.advance(days=31)
    assert [pin.state for pin in overview.pins(registered, anna.account_id)] == ["expired"]

    clock.advance(days=60)
    assert overview.pins(registered, anna.account_id) == []


@pytest.mark.parametrize("number", [NUMBER, UNKNOWN, CLOSED])
def test_every_order_looks_the_same_until_it_is_used_or_over(
    registered: Core, anna: SignedIn, clock: MovableClock, number: str
) -> None:
    clock.freeze()
    ask.order(registered, anna, number, "001")
    ask.order(registered, anna, number, "")
    for letter in letters(registered):
        printing.deliver(registered, letter, Bin())

    shown = overview.pins(registered, anna.account_id)
    assert {(pin.number, pin.name, pin.state) for pin in shown} == {(number, None, "requested")}
    assert {pin.branch for pin in shown} == {"001", None}
    assert {pin.ends_at - pin.requested_at for pin in shown} == {timedelta(days=29)}

    clock.advance(hours=25)
    ask.order(registered, anna, number, "")
    found = [pin.state for pin in overview.pins(registered, anna.account_id) if not pin.branch]
    assert found == ["requested", "replaced"]


def test_only_who_was_linked_learns_that_a_business_was_closed(
    registered: Core, anna: SignedIn, bert: SignedIn, clock: MovableClock
) -> None:
    for who in (anna, bert):
        ordered(registered, who, "0000042")
    pin = ordered_openly(registered)
    for who in (anna, bert):
        ordered(registered, who)
    linked = redeem.link(registered, anna, NUMBER, "", pin)
    unlink.leave(registered, anna, linked.membership_id)
    register(registered, REGISTER.replace("Musterstadt;\n", "Musterstadt;gelöscht\n"))

    assert states(registered)[-2:] == ["cancelled", "cancelled"]
    assert shown(registered, anna) == {NUMBER: "cancelled", "0000042": "requested"}
    assert shown(registered, bert) == {NUMBER: "requested", "0000042": "requested"}

    clock.advance(days=31)
    assert shown(registered, bert) == {NUMBER: "expired", "0000042": "expired"}


def shown(core: Core, who: SignedIn) -> dict[str, str]:
    return {pin.number: pin.state for pin in overview.pins(core, who.account_id)}


class Bin:
    """A carrier that keeps nothing."""

    def send(self, letter: PrintedLetter) -> None:
        pass


def test_open_pins_are_in_nobodys_list(registered: Core, anna: SignedIn) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered_openly(registered))

    assert overview.pins(registered, anna.account_id) == []
