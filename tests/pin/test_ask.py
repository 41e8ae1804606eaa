from dataclasses import replace

import pytest

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import NotAllowed, Refused, Throttled
from idp.outbox import Kind
from idp.pin import ask, code, redeem, registry, unlink
from tests.conftest import MovableClock
from tests.pin.situations import (
    CLOSED,
    NUMBER,
    REGISTER,
    UNKNOWN,
    Hashing,
    Scripted,
    entry,
    letters,
    mails,
    memberships,
    once,
    ordered,
    ordered_openly,
    payloads,
    person,
    pins,
    register,
    states,
    with_pin,
)


def refusal(core: Core, who: SignedIn, number: str = NUMBER) -> Refused:
    with pytest.raises(Refused) as caught:
        ask.order(core, who, number, "")
    return caught.value


def test_a_letter_goes_to_the_registered_address(registered: Core, anna: SignedIn) -> None:
    ask.order(registered, anna, "1234567/001", "")

    (letter,) = letters(registered)
    assert letter["recipient"] == [
        "Tischlerei Beispiel, Filiale Süd", "Südring 2", "12346 Musterstadt",
    ]  # fmt: skip
    assert (letter["number"], letter["branch"]) == ("1234567", "001")
    assert letter["person"] == "Anna Muster"
    assert states(registered) == ["requested"]


def test_the_database_holds_the_pin_only_sealed_and_hashed(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna)

    dump = "\n".join(registered.db().connection().connection.driver_connection.iterdump())
    assert pin not in dump
    assert pin.replace("-", "")[3:] not in dump
    assert pins(registered)[0].hash.startswith("$argon2id$")


def test_the_mail_confirms_without_the_pin_and_without_the_name(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna, "1234567-001")

    (mail,) = mails(registered, "pin_ordered")
    assert (mail.to, mail.facts["number"], mail.facts["days"]) == (anna.email, "1234567-001", 30)
    assert pin not in str(mail)
    assert "Tischlerei" not in str(mail)


@pytest.mark.parametrize("number", [UNKNOWN, CLOSED])
def test_an_unknown_or_closed_business_gets_no_letter_and_nobody_is_told(
    registered: Core, anna: SignedIn, bert: SignedIn, number: str
) -> None:
    hasher = Hashing(registered.hasher)
    core = replace(registered, hasher=hasher)
    ask.order(core, anna, f"{number}-001", "")
    unknown = mails(core, "pin_ordered")[0], hasher.count
    ask.order(core, bert, "1234567-001", "")

    assert [letter["number"] for letter in letters(core)] == [NUMBER]
    assert len(payloads(core, Kind.NOTHING)) == 1
    known = mails(core, "pin_ordered")[1], hasher.count - unknown[1]
    assert (unknown[0].facts.keys(), unknown[1]) == (known[0].facts.keys(), known[1])
    assert unknown[0].facts["number"] == f"{number}-001"


@pytest.mark.parametrize("number", [UNKNOWN, CLOSED])
def test_what_was_ordered_for_nobody_is_kept_alike_and_opens_nothing(
    registered: Core, anna: SignedIn, number: str
) -> None:
    core = replace(registered, chance=Scripted(0, 0))
    ask.order(core, anna, NUMBER, "")
    pin = str(letters(core)[0]["pin"])
    ask.order(core, anna, number, "")

    real, nobodys = pins(core)
    assert (nobodys.business_id, nobodys.number, nobodys.branch) == (None, number, "")
    for name in ("selector", "state", "origin", "account_id", "tries"):
        assert getattr(nobodys, name) == getattr(real, name)
    assert nobodys.hash.startswith("$argon2id$")
    with pytest.raises(Refused, match="pin_mismatch"):
        redeem.link(core, anna, number, "", pin)


def test_an_order_for_a_business_entered_later_stays_an_order_for_nobody(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    core = replace(registered, chance=Scripted(0))
    ask.order(core, anna, UNKNOWN, "")
    head = REGISTER.splitlines(keepends=True)[0]
    register(core, head + f"{UNKNOWN};;Neu GmbH;Weg 5;12345;Musterstadt;\n")
    with pytest.raises(Refused, match="pin_mismatch"):
        redeem.link(core, anna, UNKNOWN, "", code.make(lambda _: 0).text)
    clock.advance(hours=25)

    redeem.link(core, anna, UNKNOWN, "", ordered(core, anna, UNKNOWN))

    assert states(core) == ["replaced", "used"]


@pytest.mark.parametrize("number", [NUMBER, UNKNOWN])
def test_a_second_order_within_a_day_says_the_letter_is_on_its_way(
    registered: Core, anna: SignedIn, clock: MovableClock, number: str
) -> None:
    ask.order(registered, anna, number, "")
    assert refusal(registered, anna, number).code == "pin_on_its_way"

    clock.advance(hours=25)
    ask.order(registered, anna, number, "")


def test_a_new_order_replaces_only_ones_own_earlier_pin(
    registered: Core, anna: SignedIn, bert: SignedIn, clock: MovableClock
) -> None:
    ordered_openly(registered)
    ordered(registered, bert)
    ordered(registered, anna)
    ordered(registered, anna, "0000042")
    clock.advance(hours=25)

    ordered(registered, anna)

    assert states(registered) == ["requested", "requested", "replaced", "requested", "requested"]


def test_a_person_orders_three_letters_a_day(registered: Core, anna: SignedIn) -> None:
    for number in ("1234567", "1234567-001", "0000042"):
        ask.order(registered, anna, number, "")

    assert refusal(registered, anna, UNKNOWN).code == "throttled"


@pytest.mark.parametrize("number", [NUMBER, UNKNOWN])
def test_a_person_orders_three_letters_a_month_for_a_business(
    registered: Core, anna: SignedIn, clock: MovableClock, number: str
) -> None:
    for _ in range(3):
        ask.order(registered, anna, number, "")
        clock.advance(hours=25)

    refused = refusal(registered, anna, number)

    assert (refused.code, isinstance(refused, Throttled)) == ("pin_quota", True)


def test_colleagues_order_their_own_letters_up_to_a_bound(registered: Core) -> None:
    for count in range(10):
        ask.order(registered, person(registered, f"p{count}"), NUMBER, "")

    assert refusal(registered, person(registered, "late")).code == "pin_quota"
    assert len(pins(registered)) == 10


def test_a_refused_order_uses_up_no_quota(registered: Core, anna: SignedIn) -> None:
    ask.order(registered, anna, NUMBER, "")
    for _ in range(5):
        refusal(registered, anna)

    ask.order(registered, anna, "0000042", "")
    ask.order(registered, anna, UNKNOWN, "")


def test_who_is_linked_needs_no_letter(registered: Core, anna: SignedIn) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))

    assert refusal(registered, anna).code == "already_linked"


def test_after_unlinking_a_new_pin_can_be_ordered_at_once(registered: Core, anna: SignedIn) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))
    unlink.leave(registered, anna, memberships(registered)[0].id)

    ask.order(registered, anna, NUMBER, "")

    assert states(registered) == ["used", "requested"]


@pytest.mark.parametrize("number", ["", "x", "123", "1234567-12345"])
def test_what_can_be_no_number_is_refused(registered: Core, anna: SignedIn, number: str) -> None:
    assert refusal(registered, anna, number).code in ("number_invalid", "branch_invalid")


def test_without_pins_nothing_can_be_ordered(registered: Core, anna: SignedIn) -> None:
    closed = with_pin(registered, enabled=False)
    known = registry.find(closed, (NUMBER, None))
    assert known

    for order in (
        lambda: ask.order(closed, anna, NUMBER, ""),
        lambda: ask.order_openly(closed, NUMBER, None, "12345", "a"),
        lambda: ask.issue(closed, known),
    ):
        with pytest.raises(NotAllowed, match="pin_disabled"):
            order()


def test_a_person_without_a_name_is_named_by_address(registered: Core, anna: SignedIn) -> None:
    ordered(registered, replace(anna, given_name=None, family_name=None))

    assert letters(registered)[0]["person"] == anna.email


def test_a_selector_is_never_given_twice_to_a_business(registered: Core, anna: SignedIn) -> None:
    core = replace(registered, chance=Scripted(0, 0, 1))
    ordered_openly(core)
    ordered(core, anna)

    assert [pin.selector for pin in pins(core)] == ["222", "333"]


@pytest.mark.parametrize("order", ["member", "open", "chamber"])
def test_who_draws_the_same_selector_at_the_same_moment_draws_anew(
    registered: Core, anna: SignedIn, bert: SignedIn, order: str
) -> None:
    rival = replace(registered, chance=Scripted(0))
    hasher = Hashing(registered.hasher, once(lambda: ask.order(rival, bert, NUMBER, "")))
    core = replace(registered, chance=Scripted(0, 1), hasher=hasher)
    known = registry.find(registered, (NUMBER, None))
    assert known

    if order == "member":
        ask.order(core, anna, NUMBER, "")
    elif order == "chamber":
        ask.issue(core, known)
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ask, "_on_its_way", lambda *_: False)
            ask.order_openly(core, NUMBER, "", "12345", "a")

    assert sorted(pin.selector for pin in pins(core)) == ["222", "333"]
    assert len(letters(core)) == 2
    assert hasher.count == 2


def test_the_chamber_issues_a_pin_in_place_of_its_earlier_one(
    registered: Core, anna: SignedIn
) -> None:
    ordered_openly(registered)
    ordered(registered, anna)
    known = registry.find(registered, (NUMBER, None))
    assert known

    first, second = ask.issue(registered, known), ask.issue(registered, known)

    assert first != second
    assert states(registered) == ["requested", "requested", "replaced", "requested"]
    assert letters(registered)[-1]["by_chamber"] is True


def test_the_chamber_issues_none_for_a_closed_business(registered: Core) -> None:
    known = registry.find(registered, (CLOSED, None))
    assert known

    with pytest.raises(NotAllowed, match="business_closed"):
        ask.issue(registered, known)


def test_the_day_on_paper_is_good_to_its_end(registered: Core, anna: SignedIn) -> None:
    ordered(registered, anna)

    day, ends = letters(registered)[0]["valid_until"], pins(registered)[0].ends_at
    assert day < ends.date().isoformat()


def test_an_address_abroad_ends_with_the_country(registered: Core, anna: SignedIn) -> None:
    business = entry(registered)
    business.country = "AT"
    registered.db.commit()

    ordered(registered, anna)

    assert letters(registered)[0]["recipient"][-1] == "ÖSTERREICH"
