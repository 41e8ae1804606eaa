"""Who computes next, and who is asked to come back."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from idp.errors import Busy
from idp.turns import Lane, Turns

WAIT = 20


class Line:
    """Turns with people in them, each of whom works until told to go on."""

    def __init__(self, slots: int, queue: int) -> None:
        self.turns = Turns(slots, queue)
        self.people = ThreadPoolExecutor(64)
        self.order: list[str] = []
        self.go: dict[str, threading.Event] = {}
        self.began = threading.Semaphore(0)

    def join(self, lane: Lane, name: str) -> Future[str]:
        """Let somebody queue, and wait until he does."""
        self.go[name] = threading.Event()
        before = self.turns.inside
        done = self.people.submit(self.turns.run, lane, self._work(name))
        while self.turns.inside == before and not done.done():
            threading.Event().wait(0.001)
        return done

    def _work(self, name: str) -> Callable[[], str]:
        def work() -> str:
            self.order.append(name)
            self.began.release()
            self.go[name].wait(WAIT)
            return name

        return work

    def let(self, name: str) -> None:
        """Let one finish, and wait until the next has begun."""
        self.go[name].set()
        assert self.began.acquire(timeout=WAIT)


def busy(done: Future[str]) -> bool:
    return isinstance(done.exception(WAIT), Busy)


def fill(line: Line, lane: Lane, count: int) -> list[Future[str]]:
    return [line.join(lane, f"{lane[0]}{number}") for number in range(count)]


def finish(line: Line) -> None:
    for event in line.go.values():
        event.set()
    line.people.shutdown()


@pytest.mark.parametrize(("flood", "other"), [(Lane.ENTER, Lane.CHOOSE), (Lane.CHOOSE, Lane.ENTER)])
def test_a_flood_of_one_kind_leaves_places_for_the_other(flood: Lane, other: Lane) -> None:
    line = Line(1, 13)

    flooded = fill(line, flood, 11)

    assert busy(line.join(flood, "one too many"))
    late = fill(line, other, 3)
    assert busy(line.join(other, "nor here"))
    finish(line)
    assert [done.result(WAIT) for done in flooded + late]


def test_when_both_wait_they_take_turns() -> None:
    line = Line(1, 13)
    fill(line, Lane.ENTER, 6)
    fill(line, Lane.CHOOSE, 3)
    assert line.began.acquire(timeout=WAIT)

    for _ in range(8):
        line.let(line.order[-1])

    assert line.order == ["e0", "c0", "e1", "c1", "e2", "c2", "e3", "e4", "e5"]
    finish(line)


def test_an_open_transaction_waits_for_nobody_and_is_never_sent_away() -> None:
    line = Line(1, 1)
    fill(line, Lane.ENTER, 1)
    fill(line, Lane.CHOOSE, 1)
    assert line.began.acquire(timeout=WAIT)
    assert busy(line.join(Lane.ENTER, "full"))

    assert line.turns.beside(lambda: "done") == "done"

    assert line.order == ["e0"]
    finish(line)


def test_with_one_place_each_kind_can_have_it() -> None:
    turns = Turns(1, 0)

    assert turns.run(Lane.CHOOSE, lambda: "a") + turns.run(Lane.ENTER, lambda: "b") == "ab"


def test_with_two_places_neither_kind_has_both() -> None:
    line = Line(1, 1)

    fill(line, Lane.CHOOSE, 1)

    assert busy(line.join(Lane.CHOOSE, "second"))
    assert not line.join(Lane.ENTER, "other").done()
    finish(line)


def test_what_fails_gives_its_place_to_the_next() -> None:
    turns = Turns(1, 0)

    for lane in Lane:
        with pytest.raises(MemoryError):
            turns.run(lane, fail)

    assert turns.inside == 0
    assert turns.run(Lane.ENTER, lambda: 1) == 1


def fail() -> None:
    raise MemoryError


class Room:
    """Work that takes a moment, and how much of it went on at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = self.most = 0

    def work(self) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        threading.Event().wait(0.002)
        with self.lock:
            self.inside -= 1


def test_never_more_compute_at_once_than_there_are_slots() -> None:
    turns, room = Turns(3, 64), Room()

    with ThreadPoolExecutor(16) as people:
        lanes = [Lane.ENTER, Lane.CHOOSE] * 30
        list(people.map(lambda lane: turns.run(lane, room.work), lanes))

    assert room.most == 3
    assert turns.inside == 0


def test_beside_the_others_there_is_never_more_than_one() -> None:
    turns, room = Turns(2, 64), Room()

    with ThreadPoolExecutor(16) as people:
        list(people.map(lambda _: turns.beside(room.work), range(60)))

    assert room.most == 1
