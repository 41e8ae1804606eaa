from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.accounts.models import Account
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Refused, Throttled, WrongPin
from idp.pin import redeem, unlink
from idp.settings.parts import Link, Pin
from tests.conftest import MovableClock
from tests.pin.situations import (
    NUMBER,
    entry,
    memberships,
    ordered,
    ordered_openly,
    person,
    pins,
    shift,
    states,
)


def refusal(core: Core, who: SignedIn, typed: str, number: str = NUMBER) -> Refused:
    with pytest.raises(Refused) as caught:
        redeem.link(core, who, number, "", typed)
    return caught.value


def wrong(core: Core, typed: str, times: int, clock: MovableClock) -> None:
    """Type a wrong PIN so often, by as many people as that takes."""
    for _ in range(times):
        stranger = person(core, f"s{core.chance.token(4)}")
        assert refusal(core, stranger, typed).code == "pin_mismatch"


def test_number_and_pin_link_a_person_at_once(registered: Core, anna: SignedIn) -> None:
    pin = ordered(registered, anna, "1234567-001")

    linked = redeem.link(registered, anna, "1234567", "001", pin)

    (membership,) = memberships(registered)
    assert linked.membership_id == membership.id
    assert linked.business.name == "Tischlerei Beispiel, Filiale Süd"
    assert (membership.method, membership.assurance, membership.role) == (
        "pin_letter", "post", None,
    )  # fmt: skip
    assert (membership.account_id, membership.until) == (anna.account_id, None)
    (used,) = pins(registered)
    assert (used.state, used.used_by, used.used_at) == ("used", anna.account_id, membership.since)


@pytest.mark.parametrize(
    "spell",
    [str.lower, lambda pin: pin.replace("-", " "), lambda pin: f"\t{pin.replace('-', '')}\u200b "],
)
def test_a_pin_may_be_spelled_freely(
    registered: Core, anna: SignedIn, spell: Callable[[str], str]
) -> None:
    pin = spell(ordered(registered, anna))

    assert redeem.link(registered, anna, " 123 4567", None, pin).business.number == NUMBER


def test_typing_errors_cost_nothing(registered: Core, anna: SignedIn) -> None:
    pin = ordered(registered, anna)
    last = "2" if pin[-1] != "2" else "3"
    typed = {"pin_typo": pin[:-1] + last, "pin_length": pin[:-1], "pin_sign": pin[:-1] + "B"}

    for _ in range(3):
        for code, attempt in typed.items():
            assert refusal(registered, anna, attempt).code == code

    assert pins(registered)[0].tries == 0
    redeem.link(registered, anna, NUMBER, "", pin)


def test_a_sign_without_a_twin_is_named_without_a_guess(registered: Core, anna: SignedIn) -> None:
    refused = refusal(registered, anna, "K7MP-3TXA-9R4O")

    assert (refused.code, refused.facts) == ("pin_sign_plain", {"sign": "O"})


def test_after_ten_wrong_tries_a_pin_is_locked_for_good(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    pin = ordered(registered, anna)

    wrong(registered, shift(pin), 10, clock)

    assert states(registered) == ["locked"]
    assert refusal(registered, anna, pin).code == "pin_locked"
    wrong(registered, shift(pin), 1, clock)
    assert pins(registered)[0].tries == 10


def test_the_tenth_try_may_be_right(registered: Core, anna: SignedIn, clock: MovableClock) -> None:
    pin = ordered(registered, anna)
    wrong(registered, shift(pin), 9, clock)

    redeem.link(registered, anna, NUMBER, "", pin)

    assert states(registered) == ["used"]


def test_a_try_that_was_reserved_and_never_judged_stays_counted(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna)
    pins(registered)[0].tries = 10
    registered.db.commit()

    assert refusal(registered, anna, pin).code == "pin_locked"
    assert states(registered) == ["requested"]


def test_who_lost_the_pin_to_guessers_orders_a_new_one_at_once(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    wrong(registered, shift(ordered(registered, anna)), 10, clock)

    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))


def test_an_open_pin_is_locked_alike(registered: Core, clock: MovableClock) -> None:
    wrong(registered, shift(ordered_openly(registered)), 10, clock)

    assert states(registered) == ["locked"]


def test_a_person_tries_five_times_an_hour(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    pin = ordered(registered, anna)
    for _ in range(5):
        refusal(registered, anna, shift(pin))

    refused = refusal(registered, anna, pin)
    assert (refused.code, isinstance(refused, Throttled)) == ("pin_throttled", True)

    clock.advance(hours=1, minutes=1)
    redeem.link(registered, anna, NUMBER, "", pin)


def test_a_used_pin_says_so_to_who_has_it(registered: Core, anna: SignedIn, bert: SignedIn) -> None:
    pin = ordered_openly(registered)
    redeem.link(registered, anna, NUMBER, "", pin)

    assert refusal(registered, bert, pin).code == "pin_used"
    assert refusal(registered, bert, shift(pin)).code == "pin_mismatch"


def test_a_pin_ends_to_the_minute(registered: Core, anna: SignedIn, clock: MovableClock) -> None:
    pin = ordered(registered, anna)
    clock.advance(days=30, minutes=-1)
    assert refusal(registered, anna, shift(pin)).code == "pin_mismatch"

    clock.advance(minutes=2)

    assert refusal(registered, anna, pin).code == "pin_expired"
    assert refusal(registered, anna, shift(pin)).code == "pin_mismatch"


def test_a_replaced_pin_names_the_newer_letter(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    first = ordered(registered, anna)
    clock.advance(days=2)
    second = ordered(registered, anna)

    assert refusal(registered, anna, first).code == "pin_replaced"
    redeem.link(registered, anna, NUMBER, "", second)


def test_a_pin_belongs_to_who_ordered_it_and_others_cannot_wear_it_out(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    pin = ordered(registered, anna)

    for number in range(12):
        other = person(registered, f"o{number}")
        assert refusal(registered, other, pin).code == "pin_other_account"

    redeem.link(registered, anna, NUMBER, "", pin)


def test_a_pin_of_a_person_who_is_gone_belongs_to_nobody(registered: Core, anna: SignedIn) -> None:
    pin = ordered(registered, person(registered, "Gone"))
    pins(registered)[0].account_id = None
    registered.db.commit()

    assert refusal(registered, anna, pin).code == "pin_other_account"


def test_who_is_linked_is_told_before_the_pin_is_spent(
    registered: Core, anna: SignedIn, bert: SignedIn
) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))
    pin = ordered_openly(registered)

    assert refusal(registered, anna, pin).code == "already_linked"
    redeem.link(registered, bert, NUMBER, "", pin)


def test_a_business_closed_meanwhile_links_nobody(registered: Core, anna: SignedIn) -> None:
    pin = ordered(registered, anna)
    entry(registered).status = "closed"
    registered.db.commit()

    assert refusal(registered, anna, pin).code == "business_closed"
    assert refusal(registered, anna, shift(pin)).code == "pin_mismatch"
    assert memberships(registered) == []


def test_a_business_takes_so_many_persons(registered: Core, anna: SignedIn, bert: SignedIn) -> None:
    settings = registered.settings.model_copy(update={"link": Link(max_persons=1)})
    core = replace(registered, settings=settings)
    redeem.link(core, anna, NUMBER, "", ordered(core, anna))
    pin = ordered(core, bert)

    assert refusal(core, bert, pin).code == "link_full"
    assert states(core) == ["used", "requested"]

    unlink.leave(core, anna, memberships(core)[0].id)
    redeem.link(core, bert, NUMBER, "", pin)


def test_without_pins_nothing_can_be_entered(registered: Core, anna: SignedIn) -> None:
    settings = registered.settings.model_copy(update={"pin": Pin(enabled=False)})

    with pytest.raises(NotAllowed, match="pin_disabled"):
        redeem.link(replace(registered, settings=settings), anna, NUMBER, "", "K7MP-3TXA-9R4K")


def test_a_pin_copied_to_another_row_opens_nothing(
    registered: Core, anna: SignedIn, bert: SignedIn
) -> None:
    pin = ordered(registered, anna)
    ordered(registered, bert, "0000042")
    mine, other = pins(registered)
    other.hash, other.selector, other.account_id = mine.hash, mine.selector, anna.account_id
    registered.db.commit()

    assert refusal(registered, anna, pin, "0000042").code == "pin_mismatch"


def test_a_refusal_of_the_verb_is_a_wrong_pin(registered: Core, anna: SignedIn) -> None:
    assert isinstance(refusal(registered, anna, shift(ordered(registered, anna))), WrongPin)


def test_threat_15_who_has_no_confirmed_address_links_nothing(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna)
    with registered.writing():
        registered.db.get_one(Account, anna.account_id).email_verified_at = None

    assert refusal(registered, anna, pin).code == "email_unconfirmed"
    assert memberships(registered) == []
