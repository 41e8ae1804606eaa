"""Nobody learns from the time of an answer whether a name is known (GHSA-434h-p4gx-jm89).

500 sign-ins of each kind, taken in turns so that a busy machine slows all of them, compared by rank
(Mann and Whitney): where two kinds take equally long, the chance that one is slower is a half.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count, cycle

import bcrypt
import pytest
from sqlalchemy import update

from idp.accounts import login
from idp.accounts.login import Attempt
from idp.accounts.models import Account, State
from idp.accounts.people import meant
from idp.clock import Clock
from idp.core import Core
from idp.errors import WrongCredentials
from tests import people
from tests.conftest import built, dispose, settings_for

SAMPLES, NAMES = 500, 5
# Five standard deviations of 500 samples each are 0.09; without the hash of nobody it is 0.5.
MOST = 0.1
KINDS = ("wrong", "unknown", "without", "locked")
ORIGINS = count()


@pytest.fixture
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    """A hash of half a millisecond: it must not drown in what is measured around it."""
    password = {"argon2_memory_kib": 512, "argon2_time": 1}
    folder = tmp_path_factory.mktemp("timing")
    app = built(settings_for(folder, password=password), Clock())
    with app.app_context():
        yield people.core_of(app)
    dispose(app)


def names(kind: str) -> list[str]:
    return [f"{kind}{number}@beispiel.test" for number in range(NAMES)]


def own(core: Core) -> Callable[[], str]:
    return lambda: core.hasher.hash("Kachelofen-38-Nord")


def other(core: Core) -> Callable[[], str]:
    """Hashes of other software, of which one costs several of ours here."""
    stored = core.hasher.taken_in(bcrypt.hashpw(b"Kachelofen-38-Nord", bcrypt.gensalt(5)).decode())
    return lambda: stored


def inhabited(core: Core, encoded: Callable[[], str]) -> None:
    """Fill the house with people of every kind, whose passwords are hashed by `encoded`."""
    now = core.clock.now()
    with core.writing():
        for kind in ("wrong", "without", "locked", *(f"other{n}" for n in range(8))):
            for name in names(kind):
                core.db.add(Account(
                    id=core.chance.token(16), email=name, email_key=name, created_at=now,
                    state=State.LOCKED if kind == "locked" else State.ACTIVE, updated_at=now,
                    password_hash=None if kind == "without" else encoded(),
                ))  # fmt: skip


def took(core: Core, name: str) -> float:
    attempt = Attempt(name, "Falscher-Ofen-38", f"address:{next(ORIGINS)}", "")
    core.db.rollback()
    core.db.expunge_all()
    start = time.perf_counter()
    with pytest.raises(WrongCredentials):
        login.enter(core, attempt)
    return time.perf_counter() - start


def slower(one: list[float], other: list[float]) -> float:
    """Return how often a sample of `one` is slower than one of `other`."""
    ranked = sorted([(value, 1) for value in one] + [(value, 0) for value in other])
    ranks = sum(rank for rank, (_, mine) in enumerate(ranked, 1) if mine)
    return (ranks - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))


def measured(core: Core, kinds: tuple[str, ...]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(SAMPLES + NAMES):
        for kind in kinds:
            lasted = took(core, names(kind)[turn % NAMES])
            if turn >= NAMES:  # the first of each warms what is remembered
                found[kind].append(lasted)
    return found


@pytest.mark.parametrize("software", ["own", "other"])
def test_no_kind_of_account_answers_slower_than_an_unknown_name(core: Core, software: str) -> None:
    inhabited(core, own(core) if software == "own" else other(core))

    found = measured(core, KINDS)

    chances = {kind: slower(found[kind], found["unknown"]) for kind in KINDS}
    assert all(abs(chance - 0.5) < MOST for chance in chances.values()), chances


def test_a_difference_in_what_is_computed_would_be_noticed(core: Core) -> None:
    inhabited(core, other(core))
    wrong = measured(core, ("wrong",))["wrong"]
    core.db.execute(update(Account).values(password_hash=None))
    core.db.commit()

    unknown = measured(core, ("unknown",))["unknown"]

    assert slower(wrong, unknown) > 0.5 + 2 * MOST


def test_unknown_names_are_compared_with_hashes_as_they_are_stored(core: Core) -> None:
    hashes = cycle([own(core)(), other(core)()])
    inhabited(core, lambda: next(hashes))

    compared = [str(meant(core, f"nie{number}@beispiel.test").anybodys) for number in range(400)]

    again = [str(meant(core, f"nie{number}@beispiel.test").anybodys) for number in range(400)]
    assert compared == again
    assert 100 < sum(encoded.startswith("bcrypt:") for encoded in compared) < 300


def test_in_a_house_without_passwords_the_hash_of_nobody_is_compared(core: Core) -> None:
    assert meant(core, "nie@beispiel.test") == (None,) * 7

    assert took(core, "nie@beispiel.test") > 0
