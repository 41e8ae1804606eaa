"""Who computes next: so many at once, so many waiting; those who enter and those who choose share.

Each of the two lanes may fill at most three quarters of the places, so that a flood of sign-ins
leaves room to set a password and the other way round; and when both wait, they take turns.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeVar

from idp.errors import Busy

T = TypeVar("T")


class Lane(StrEnum):
    """What somebody waits for."""

    # A password or PIN is verified: signing in.
    ENTER = "enter"
    # One is set: registration, reset, change.
    CHOOSE = "choose"


class Turns:
    """Gives work to threads of its own; raises Busy when a lane, or everything, is full."""

    def __init__(self, slots: int, queue: int) -> None:
        self._lock = threading.Lock()
        self._free, self._room = slots, slots + queue
        # A quarter is the other lane's, or at least one place where there are two.
        self._share = self._room - max(self._room // 4, min(1, self._room - 1))
        self._inside = dict.fromkeys(Lane, 0)
        self._waiting: dict[Lane, deque[threading.Event]] = {lane: deque() for lane in Lane}
        self._pool = ThreadPoolExecutor(slots, "argon2")
        self._beside = ThreadPoolExecutor(1, "argon2-beside")

    def run(self, lane: Lane, work: Callable[[], T]) -> T:
        """Do `work` when it is its turn, and return what it returns."""
        with self._turn(lane):
            return self._pool.submit(work).result()

    def beside(self, work: Callable[[], T]) -> T:
        """Do `work` beside all others, one after the other, and without a limit.

        For a transaction that is open: on SQLite it holds the only write lock, and must not wait
        for a hash of other software that takes a second.
        """
        return self._beside.submit(work).result()

    @property
    def inside(self) -> int:
        """How many compute or wait."""
        return sum(self._inside.values())

    @contextmanager
    def _turn(self, lane: Lane) -> Iterator[None]:
        gate = threading.Event()
        with self._lock:
            if self._full(lane):
                raise Busy
            self._inside[lane] += 1
            self._waiting[lane].append(gate)
            self._admit()
        gate.wait()
        try:
            yield
        finally:
            with self._lock:
                self._inside[lane] -= 1
                self._free += 1
                self._admit()

    def _full(self, lane: Lane) -> bool:
        return self.inside >= self._room or self._inside[lane] >= self._share

    def _admit(self) -> None:
        """Open the gate of whoever is next, while there are free slots."""
        while self._free and (lane := self._next()):
            self._free -= 1
            self._waiting[lane].popleft().set()
            # The other one is first now.
            self._waiting[lane] = self._waiting.pop(lane)

    def _next(self) -> Lane | None:
        for lane in self._waiting:
            if self._waiting[lane]:
                return lane
        return None
