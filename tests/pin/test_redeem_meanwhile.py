from dataclasses import replace

import pytest

from idp.accounts.models import Account, State
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import Refused
from idp.pin import ask, redeem, registry, unlink
from idp.pin.models import PinState
from tests.conftest import MovableClock
from tests.pin.situations import (
    CLOSED,
    NUMBER,
    REGISTER,
    UNKNOWN,
    Hashing,
    letters,
    mails,
    memberships,
    ordered,
    ordered_openly,
    person,
    pins,
    register,
    shift,
)


def refusal(core: Core, who: SignedIn, typed: str, number: str = NUMBER) -> Refused:
    with pytest.raises(Refused) as caught:
        redeem.link(core, who, number, "", typed)
    return caught.value


def test_unknown_wrong_and_dead_cost_one_hash_each(
    registered: Core, anna: SignedIn, bert: SignedIn
) -> None:
    pin = ordered(registered, anna)
    hasher = Hashing(registered.hasher)
    core = replace(registered, hasher=hasher)

    for number, typed in ((NUMBER, shift(pin)), (UNKNOWN, pin), ("0000042", pin), (CLOSED, pin)):
        assert refusal(core, bert, typed, number).code == "pin_mismatch"

    assert hasher.count == 4


def test_person_and_colleagues_hear_of_the_link_by_mail(
    registered: Core, anna: SignedIn, bert: SignedIn
) -> None:
    locked, left = person(registered, "Locked"), person(registered, "Left")
    for who in (anna, locked, left):
        redeem.link(registered, who, NUMBER, "", ordered(registered, who))
    registered.db.get_one(Account, locked.account_id).state = State.LOCKED
    registered.db.commit()
    unlink.leave(registered, left, memberships(registered)[2].id)

    redeem.link(registered, bert, NUMBER, "", ordered(registered, bert))

    own = mails(registered, "business_linked")[-1]
    assert (own.to, own.locale) == (bert.email, "en")
    assert own.facts == {"name": "Bert Muster", "business": f"Tischlerei Beispiel GmbH ({NUMBER})"}
    told = mails(registered, "business_new_member")
    assert [(mail.to, mail.locale) for mail in told[3:]] == [(anna.email, "de")]
    assert told[3].facts["person"] == "Bert Muster"


def test_only_a_pin_that_named_nobody_brings_a_posted_notice(
    registered: Core, anna: SignedIn, bert: SignedIn
) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))
    assert [letter["kind"] for letter in letters(registered)] == ["pin"]

    redeem.link(registered, bert, NUMBER, "", ordered_openly(registered))

    notice = letters(registered)[-1]
    assert (notice["kind"], notice["person"], notice["pin"]) == ("notice", "Bert Muster", "")
    assert notice["recipient"][0] == "Tischlerei Beispiel GmbH"


def test_a_pin_that_the_chamber_sent_brings_no_posted_notice(
    registered: Core, anna: SignedIn
) -> None:
    known = registry.find(registered, (NUMBER, None))
    assert known
    ask.issue(registered, known)

    redeem.link(registered, anna, NUMBER, "", letters(registered)[0]["pin"])

    assert [letter["kind"] for letter in letters(registered)] == ["pin"]


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED, State.DELETED])
def test_an_account_locked_while_the_pin_is_judged_is_not_linked(
    registered: Core, anna: SignedIn, state: State
) -> None:
    pin = ordered(registered, anna)

    def lock() -> None:
        registered.db.get_one(Account, anna.account_id).state = state
        registered.db.commit()

    core = replace(registered, hasher=Hashing(registered.hasher, lock))

    assert refusal(core, anna, pin).code == "session_gone"
    assert memberships(registered) == []
    (waiting,) = pins(registered)
    assert (waiting.state, waiting.tries) == ("requested", 0)


def test_an_account_erased_while_the_pin_is_judged_is_not_linked(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered_openly(registered)

    def erase() -> None:
        registered.db.delete(registered.db.get_one(Account, anna.account_id))
        registered.db.commit()

    core = replace(registered, hasher=Hashing(registered.hasher, erase))

    assert refusal(core, anna, pin).code == "session_gone"


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        (PinState.USED, "pin_used"),
        (PinState.REPLACED, "pin_replaced"),
        (PinState.CANCELLED, "pin_cancelled"),
    ],
)
def test_what_happens_to_a_pin_while_it_is_judged_counts(
    registered: Core, anna: SignedIn, meanwhile: PinState, code: str
) -> None:
    pin = ordered(registered, anna)

    def spent() -> None:
        pins(registered)[0].state = meanwhile
        registered.db.commit()

    core = replace(registered, hasher=Hashing(registered.hasher, spent))

    assert refusal(core, anna, pin).code == code
    assert memberships(registered) == []


def test_a_business_closed_while_the_pin_is_judged_links_nobody(
    registered: Core, anna: SignedIn
) -> None:
    pin = ordered(registered, anna)

    def close() -> None:
        register(registered, REGISTER.replace("Musterstadt;\n", "Musterstadt;erloschen\n"))

    core = replace(registered, hasher=Hashing(registered.hasher, close))

    assert refusal(core, anna, pin).code == "business_closed"


def test_a_pin_that_ends_while_it_is_judged_is_over(
    registered: Core, anna: SignedIn, clock: MovableClock
) -> None:
    pin = ordered(registered, anna)
    clock.advance(days=30, seconds=-30)
    judge = redeem._judge

    def slowly(*facts: object) -> None:
        judge(*facts)  # type: ignore[arg-type]
        clock.advance(minutes=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redeem, "_judge", slowly)
        assert refusal(registered, anna, pin).code == "pin_expired"
