"""What many do at once: one winner, on either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.accounts import activate, login, reset, sessions
from idp.accounts.login import Attempt
from idp.accounts.models import Account, Link, State, UserSession
from idp.core import Core
from idp.errors import Throttled, WrongCredentials
from tests import people
from tests.accounts import mailed
from tests.accounts.races import codes, together
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member

THREADS, ROUNDS = 4, 25


def winners(results: list[object]) -> list[str]:
    return [result for result in results if isinstance(result, str)]


def test_one_of_many_activations_wins(both_app: Flask) -> None:
    for turn in range(ROUNDS):
        with both_app.app_context():
            token = mailed.registration(people.core_of(both_app), f"neu{turn}@beispiel.test")

        deed = lambda core, token=token: activate.finish(core, token, PASSWORD, "")  # noqa: E731
        results = together(both_app, [deed] * THREADS)

        assert len(winners(results)) == 1
        assert codes(results) == ["link_used"] * 3
    with both_app.app_context():
        core = people.core_of(both_app)
        assert core.db.scalar(select(func.count()).select_from(UserSession)) == ROUNDS


def test_one_of_many_rival_registrations_wins(both_app: Flask) -> None:
    for turn in range(ROUNDS):
        email = f"rivale{turn}@beispiel.test"
        with both_app.app_context():
            core = people.core_of(both_app)
            tokens = [mailed.registration(core, email) for _ in range(THREADS)]

        deeds = [
            lambda core, token=token: activate.finish(core, token, PASSWORD, "") for token in tokens
        ]
        results = together(both_app, deeds)

        assert len(winners(results)) == 1
        with both_app.app_context():
            rows = people.core_of(both_app).db.scalars(
                select(Account.state).where(Account.email == email)
            )
            assert rows.all() == [State.ACTIVE]


def test_one_of_many_resets_wins(both_app: Flask) -> None:
    member = people.member(both_app)
    for turn in range(ROUNDS):
        with both_app.app_context():
            token = mailed.reset(people.core_of(both_app), member.id)
        passwords = [f"{PASSWORD}-{turn}-{n}" for n in range(4)]

        deeds = [
            lambda core, token=token, word=word: reset.choose(core, token, word, "") and word
            for word in passwords
        ]
        results = together(both_app, deeds)

        (word,) = winners(results)
        with both_app.app_context():
            core = people.core_of(both_app)
            assert core.hasher.verify(core.db.get_one(Account, member.id).password_hash, word)
            assert len(sessions.of_account(core, member.id)) == 1


def test_asking_for_links_at_once_leaves_one_open(both_app: Flask) -> None:
    member = people.member(both_app)
    for _ in range(10):
        together(both_app, [lambda core: reset.ask(core, member.email)] * THREADS)

        with both_app.app_context():
            core = people.core_of(both_app)
            opened = core.db.scalars(select(Link).where(Link.used_at.is_(None))).all()
            assert len(opened) == 1


@pytest.mark.parametrize("known", [True, False])
def test_two_hundred_guesses_at_once_verify_no_more_than_five(
    both_app: Flask, clock: MovableClock, known: bool
) -> None:
    """CVE-2024-4629: the counter was read before, and written after the check."""
    clock.freeze()
    member = people.member(both_app) if known else Member("", "niemand@beispiel.test")
    hasher = people.counting(both_app)

    def guess(number: int) -> str:
        with both_app.app_context():
            attempt = Attempt(member.email, f"Falscher-Ofen-{number}", "address:192.0.2.1", "")
            try:
                login.enter(people.core_of(both_app), attempt)
            except (WrongCredentials, Throttled) as refused:
                return refused.code
        return "entered"

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(guess, range(200)))

    assert hasher.verified == 5
    assert codes.count("wrong_credentials") == 5
    assert codes.count("throttled") == 195
    clock.advance(seconds=2)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(50)))
    assert hasher.verified == 6


def test_a_reset_during_a_sign_in_leaves_no_session_by_the_old_password(both_app: Flask) -> None:
    member = people.member(both_app)
    current = PASSWORD
    for turn in range(10):
        fresh = f"{OTHER_PASSWORD}-{turn}"
        with both_app.app_context():
            token = mailed.reset(people.core_of(both_app), member.id)

        def enter(core: Core, password: str = current, origin: str = str(turn)) -> str | None:
            try:
                return login.enter(core, Attempt(member.email, password, origin, "")).token
            except WrongCredentials:
                return None

        def choose(core: Core, token: str = token, fresh: str = fresh) -> str:
            return reset.choose(core, token, fresh, "")

        *entered, chosen = together(both_app, [enter, enter, choose])

        with both_app.app_context():
            core = people.core_of(both_app)
            for cookie in entered:
                assert cookie is None or sessions.find(core, str(cookie)) is None
            assert sessions.find(core, str(chosen))
        current = fresh
