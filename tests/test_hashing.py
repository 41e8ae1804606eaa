"""argon2id with a cap."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from idp.clock import Chance
from idp.errors import Busy
from idp.hashing import Hasher, Importers
from idp.plugins import HashRefused
from idp.turns import Lane, Turns

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hasher(slots: int = 2, queue: int = 4, argon2: Any = CHEAP) -> Hasher:
    return Hasher(argon2, slots, queue, Chance())


class Slow:
    """An argon2 that waits for the test, and counts who is inside."""

    salt_len, hash_len, memory_cost, time_cost, parallelism = 16, 32, 8, 1, 1

    def __init__(self) -> None:
        self.go, self.lock = threading.Event(), threading.Lock()
        self.entered = threading.Semaphore(0)
        self.inside = self.most = 0

    def hash(self, secret: str) -> str:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        self.go.wait(20)
        with self.lock:
            self.inside -= 1
        return secret


def test_a_secret_fits_its_hash_and_no_other() -> None:
    encoded = hasher().hash("Kachelofen-38-Nord")

    assert encoded.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert hasher().verify(encoded, "Kachelofen-38-Nord")
    assert not hasher().verify(encoded, "Kachelofen-38-nord")


def test_one_secret_has_two_hashes() -> None:
    assert hasher().hash("x") != hasher().hash("x")


@pytest.mark.parametrize("encoded", [None, "", "kein Hash", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
def test_without_a_hash_nothing_fits(encoded: str | None) -> None:
    assert not hasher().verify(encoded, "Kachelofen-38-Nord")


def test_the_hash_of_nobody_costs_as_much_as_a_real_one() -> None:
    mine = hasher()

    def cost(encoded: str) -> list[object]:
        kind, *parts = encoded.split("$")[1:]
        return [kind, parts[0], parts[1], [len(part) for part in parts[2:]]]

    assert cost(mine.nobody) == cost(mine.hash("x"))
    assert mine.nobody != hasher().nobody
    assert not mine.outdated(mine.nobody)


def test_a_long_secret_counts_to_its_last_sign() -> None:
    long = "🦔" * 255
    encoded = hasher().hash(long + "a")

    assert hasher().verify(encoded, long + "a")
    assert not hasher().verify(encoded, long + "b")


def test_old_parameters_are_noticed() -> None:
    stronger = hasher(argon2=PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    encoded = hasher().hash("x")

    assert stronger.outdated(encoded)
    assert stronger.verify(encoded, "x")
    assert not hasher().outdated(encoded)


def test_no_more_than_the_slots_compute_and_no_more_than_the_queue_wait() -> None:
    slow = Slow()
    mine = hasher(slots=2, queue=3, argon2=slow)

    with ThreadPoolExecutor(5) as pool:
        work = [mine.hash] * 3 + [mine.renewed] * 2
        waiting = [pool.submit(one, str(n)) for n, one in enumerate(work)]
        for _ in range(2):
            assert slow.entered.acquire(timeout=20)
        while mine._turns[1].inside < 5:
            threading.Event().wait(0.001)
        for one in (mine.hash, mine.renewed):
            with pytest.raises(Busy) as busy:
                one("one too many")
        slow.go.set()
        assert sorted(done.result(20) for done in waiting) == list("01234")

    assert busy.value.seconds == 2
    assert slow.most == 2
    assert mine.hash("room again") == "room again"


def test_a_failure_gives_its_place_back() -> None:
    class Broken(Slow):
        def hash(self, _secret: str) -> str:
            raise MemoryError

    mine = hasher(slots=1, queue=0, argon2=Broken())
    for _ in range(3):
        with pytest.raises(MemoryError):
            mine.hash("x")


class Letters:
    """An importer: the secret turned round, its length the cost."""

    def read(self, value: str) -> str | None:
        if not value.startswith("letters$"):
            return None
        if len(value) > 40:
            raise HashRefused("hash_costly")
        return value

    def verify(self, stored: str, password: str) -> bool:
        return stored == f"letters${password[::-1]}"


def with_letters() -> Hasher:
    importers: Importers = Importers("account importer")
    importers.add("letters", Letters())
    return Hasher(CHEAP, 2, 4, Chance(), importers)


def test_a_hash_of_other_software_is_kept_under_the_name_of_its_importer() -> None:
    mine = with_letters()

    stored = mine.taken_in("letters$cba")

    assert stored == "letters:letters$cba"
    assert mine.verify(stored, "abc")
    assert not mine.verify(stored, "cba")
    assert mine.outdated(stored)


@pytest.mark.parametrize(
    ("value", "code"), [("md5$x", "hash_unknown"), ("letters$" + "a" * 40, "hash_costly")]
)
def test_what_nobody_reads_or_costs_too_much_is_not_taken_in(value: str, code: str) -> None:
    with pytest.raises(HashRefused) as refused:
        with_letters().taken_in(value)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "stored",
    ["gone:letters$cba", "letters:cba", "letters:letters$" + "a" * 40, "letters:", ":", ":x"],
)
def test_a_stored_hash_that_its_importer_would_not_take_in_fits_nothing(stored: str) -> None:
    for secret in ("abc", "a" * 40, ""):
        assert not with_letters().verify(stored, secret)


def test_one_of_several_hashes_fits_whichever_software_made_it() -> None:
    mine = with_letters()

    assert mine.among([mine.hash("neu"), "letters:letters$cba"], "abc")
    assert not mine.among([mine.hash("neu"), "letters:letters$cba"], "xyz")
    assert not mine.among([], "abc")


def test_a_fork_computes_with_threads_of_its_own() -> None:
    mine = hasher(slots=1, queue=0)
    encoded = mine.hash("x")
    reader, writer = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(writer, b"1" if mine.verify(encoded, "x") else b"0")
        os._exit(0)

    os.waitpid(child, 0)
    assert os.read(reader, 1) == b"1"
    os.close(reader)
    os.close(writer)


def test_who_signs_in_and_who_chooses_stand_in_their_own_lines_and_a_transaction_in_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[Lane] = []
    run = Turns.run

    def noted(turns: Turns, lane: Lane, work: Callable[[], object]) -> object:
        lines.append(lane)
        return run(turns, lane, work)

    monkeypatch.setattr(Turns, "run", noted)
    mine = hasher()
    encoded = mine.hash("x")
    assert mine.verify(encoded, "x")
    assert mine.renewed("x")
    assert mine.among([encoded], "x")
    assert mine.stored(encoded, "x")

    assert lines == [Lane.CHOOSE, Lane.ENTER, Lane.ENTER, Lane.CHOOSE]
