"""argon2id with a cap: at most so many hashes at once, so many waiting, then 503.

A hash is the dearest thing the house does; without the cap, a few hundred logins at once would
take all memory and time. argon2-cffi releases the GIL while it computes. Hashes have threads of
their own: a thread keeps the memory of its last hash, and the many that answer requests would keep
it many times.
"""

import base64
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp.clock import Chance
from idp.errors import Busy

T = TypeVar("T")


class Hasher:
    """Hashes and verifies; raises Busy when the queue is full."""

    def __init__(self, argon2: PasswordHasher, slots: int, queue: int, chance: Chance) -> None:
        self._argon2 = argon2
        self._slots = slots
        self._lock = threading.Lock()
        self._room = queue + slots
        self._inside = 0
        self._pool: tuple[int, ThreadPoolExecutor] | None = None
        self.nobody = self._impossible(chance)

    def hash(self, secret: str) -> str:
        """Return the encoded argon2id hash of `secret`."""
        return self._in_turn(lambda: self._argon2.hash(secret))

    def verify(self, encoded: str | None, secret: str) -> bool:
        """Tell whether `secret` fits; without a hash it takes as long and is False."""
        try:
            return self._in_turn(lambda: self._argon2.verify(encoded or self.nobody, secret))
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, encoded: str) -> bool:
        """Tell whether the parameters changed since `encoded` was made."""
        return self._argon2.check_needs_rehash(encoded)

    def _in_turn(self, work: Callable[[], T]) -> T:
        with self._lock:
            if self._inside >= self._room:
                raise Busy
            self._inside += 1
            pool = self._threads()
        try:
            return pool.submit(work).result()
        finally:
            with self._lock:
                self._inside -= 1

    def _threads(self) -> ThreadPoolExecutor:
        """Return the threads of this process: a fork does not take them along."""
        if self._pool is None or self._pool[0] != os.getpid():
            self._pool = os.getpid(), ThreadPoolExecutor(self._slots, "argon2")
        return self._pool[1]

    def _impossible(self, chance: Chance) -> str:
        """Return a hash that nothing fits and that costs as much: salt and digest are drawn."""
        salt, digest = (
            base64.b64encode(chance.token(size).encode()[:size]).decode().rstrip("=")
            for size in (self._argon2.salt_len, self._argon2.hash_len)
        )
        a = self._argon2
        cost = f"m={a.memory_cost},t={a.time_cost},p={a.parallelism}"
        return f"$argon2id$v=19${cost}${salt}${digest}"
