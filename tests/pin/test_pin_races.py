"""Four threads at once on one PIN, on both databases: exactly one wins, and no guess is free."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.errors import Refused
from idp.pin import ask, redeem
from idp.web.house import NAME
from tests.conftest import MovableClock
from tests.pin.situations import (
    NUMBER,
    REGISTER,
    Hashing,
    Scripted,
    memberships,
    once,
    ordered,
    ordered_openly,
    person,
    pins,
    register,
    shift,
    states,
)

THREADS, ROUNDS = 4, 25


@pytest.fixture
def both(both_app: Flask) -> Core:
    core: Core = both_app.extensions[NAME].core
    with both_app.app_context():
        register(core)
    return core


def at_once(app: Flask, deeds: list[Callable[[], object]]) -> list[str]:
    """Do everything at the same moment, each in a thread; returns "done" or the refusal's code."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> str:
        with app.app_context():
            gate.wait()
            try:
                deed()
            except Refused as refused:
                return refused.code
            return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def linking(core: Core, who: SignedIn, pin: str) -> Callable[[], object]:
    return lambda: redeem.link(core, who, NUMBER, "", pin)


def test_one_of_many_people_wins_a_pin(both_app: Flask, both: Core, clock: MovableClock) -> None:
    with both_app.app_context():
        people = [person(both, f"p{number}") for number in range(THREADS * ROUNDS)]
    for number in range(ROUNDS):
        with both_app.app_context():
            pin = ordered_openly(both)
        rivals = people[number * THREADS : (number + 1) * THREADS]

        outcome = at_once(both_app, [linking(both, who, pin) for who in rivals])

        assert sorted(outcome) == ["done", *["pin_used"] * (THREADS - 1)]
        clock.advance(days=31)
    with both_app.app_context():
        assert len(memberships(both)) == ROUNDS


def test_one_person_in_many_tabs_is_linked_once(
    both_app: Flask, both: Core, clock: MovableClock
) -> None:
    for number in range(ROUNDS):
        with both_app.app_context():
            who = person(both, f"p{number}")
            pin = ordered(both, who)

        outcome = at_once(both_app, [linking(both, who, pin)] * THREADS)

        assert outcome.count("done") == 1
        assert set(outcome) <= {"done", "already_linked", "pin_used"}
        clock.advance(days=4)
    with both_app.app_context():
        assert len(memberships(both)) == ROUNDS


def test_guesses_at_once_never_exceed_the_tries_of_a_pin(both_app: Flask, both: Core) -> None:
    with both_app.app_context():
        pin = ordered_openly(both)
        people = [person(both, f"p{number}") for number in range(24)]
    guess = shift(pin)

    outcome = [
        code
        for start in range(0, len(people), THREADS)
        for code in at_once(
            both_app, [linking(both, who, guess) for who in people[start : start + THREADS]]
        )
    ]

    assert set(outcome) == {"pin_mismatch"}
    with both_app.app_context():
        assert (pins(both)[0].tries, states(both)) == (10, ["locked"])


def test_guesses_at_once_of_one_person_are_five_an_hour(both_app: Flask, both: Core) -> None:
    with both_app.app_context():
        pin, who = ordered_openly(both), person(both, "Eva")

    outcome = at_once(both_app, [linking(both, who, shift(pin))] * 12)

    assert sorted(outcome) == ["pin_mismatch"] * 5 + ["pin_throttled"] * 7
    with both_app.app_context():
        assert pins(both)[0].tries == 5


def test_orders_at_once_print_one_letter(both_app: Flask, both: Core) -> None:
    with both_app.app_context():
        who = person(both, "Eva")

    outcome = at_once(both_app, [lambda: ask.order(both, who, NUMBER, "")] * THREADS)

    assert sorted(outcome) == ["done", *["pin_on_its_way"] * (THREADS - 1)]
    with both_app.app_context():
        assert states(both) == ["requested"]


def test_equal_draws_at_once_become_two_selectors(both_app: Flask, both: Core) -> None:
    with both_app.app_context():
        people = [person(both, f"p{number}") for number in range(2)]
    gate = threading.Barrier(2)

    def ordering(who: SignedIn) -> Callable[[], object]:
        # Both have drawn, and read what was taken, before either of them writes.
        core = replace(both, chance=Scripted(0), hasher=Hashing(both.hasher, once(gate.wait)))
        return lambda: ask.order(core, who, NUMBER, "")

    outcome = at_once(both_app, [ordering(who) for who in people])

    assert outcome == ["done", "done"]
    with both_app.app_context():
        selectors = {pin.selector for pin in pins(both)}
        assert (len(selectors), "222" in selectors) == (2, True)


def test_imports_at_once_wait_for_each_other(both_app: Flask, both: Core) -> None:
    head = REGISTER.splitlines()[0]
    for number in range(2, 7):
        lines = [f"{number}{line:06};;Betrieb;Weg 1;12345;Ort;" for line in range(200)]
        found: list[tuple[int, int]] = []

        def load(text: str = "\n".join([head, *lines]), found: list[Any] = found) -> None:
            report = register(both, text)
            found.append((report.created, report.unchanged))

        assert at_once(both_app, [load] * THREADS) == ["done"] * THREADS
        assert sorted(found) == [*[(0, 200)] * (THREADS - 1), (200, 0)]


def test_the_last_place_of_a_business_is_given_once(both_app: Flask, both: Core) -> None:
    link = both.settings.link.model_copy(update={"max_persons": 1})
    both = replace(both, settings=both.settings.model_copy(update={"link": link}))
    with both_app.app_context():
        people = [person(both, f"p{number}") for number in range(THREADS)]
        held = [ordered(both, who) for who in people]

    outcome = at_once(
        both_app, [linking(both, who, pin) for who, pin in zip(people, held, strict=True)]
    )

    assert sorted(outcome) == ["done", *["link_full"] * (THREADS - 1)]
