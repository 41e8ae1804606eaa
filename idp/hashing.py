"""argon2id with a cap: at most so many hashes at once, so many waiting, then 503.

A hash is the dearest thing the house does; without the cap, a few hundred logins at once would
take all memory and time. argon2-cffi releases the GIL while it computes. Hashes have threads of
their own: a thread keeps the memory of its last hash, and the many that answer requests would keep
it many times. Who waits for what, and in which order, is in `turns.py`.

A hash that other software made carries the name of its importer in front (`bcrypt:$2b$…`); ours
never has a colon.
"""

import base64
import os
from collections.abc import Callable, Iterable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp.clock import Chance
from idp.plugins import AccountImporter, HashRefused, Slot
from idp.turns import Lane, Turns

T = TypeVar("T")
Importers = Slot[AccountImporter]


class Hasher:
    """Hashes and verifies; raises Busy when too many wait already."""

    def __init__(
        self,
        argon2: PasswordHasher,
        slots: int,
        queue: int,
        chance: Chance,
        importers: Importers | None = None,
    ) -> None:
        self._argon2 = argon2
        self._size = slots, queue
        self._importers = importers or Importers("account importer")
        self._turns = os.getpid(), Turns(slots, queue)
        self.nobody = self._impossible(chance)

    def hash(self, secret: str) -> str:
        """Return the encoded argon2id hash of a secret that was just chosen."""
        return self._in_turn(lambda: self._argon2.hash(secret), Lane.CHOOSE)

    def renewed(self, secret: str) -> str:
        """Return a hash with the present parameters, for somebody who is signing in."""
        return self._in_turn(lambda: self._argon2.hash(secret), Lane.ENTER)

    def verify(self, encoded: str | None, secret: str) -> bool:
        """Tell whether `secret` fits; without a hash it takes as long and is False."""
        return self._in_turn(lambda: self._fits(encoded or self.nobody, secret), Lane.ENTER)

    def stored(self, encoded: str, secret: str) -> bool:
        """Tell the same to a transaction that is open: it waits for nobody else's hash."""
        return self._here().beside(lambda: self._fits(encoded, secret))

    def among(self, used: Iterable[str], secret: str) -> bool:
        """Tell whether one of these hashes fits a secret that is being chosen."""
        return any(
            self._in_turn(lambda old=old: self._fits(old, secret), Lane.CHOOSE)  # type: ignore[misc]
            for old in used
        )

    def outdated(self, encoded: str) -> bool:
        """Tell whether other software made `encoded`, or the parameters changed since."""
        return ":" in encoded or self._argon2.check_needs_rehash(encoded)

    def taken_in(self, value: str) -> str:
        """Return the stored form of a hash that other software made.

        Raises HashRefused for one that nobody knows, is broken or costs too much.
        """
        for name, importer in self._importers.items():
            read = importer.read(value)
            if read is not None:
                return f"{name}:{read}"
        raise HashRefused("hash_unknown")

    def _fits(self, encoded: str, secret: str) -> bool:
        name, _, foreign = encoded.partition(":")
        if foreign:
            return self._fits_foreign(name, foreign, secret)
        try:
            return self._argon2.verify(encoded, secret)
        except (VerificationError, InvalidHashError):
            return False

    def _fits_foreign(self, name: str, foreign: str, secret: str) -> bool:
        """Verify by importer; its bounds hold here again, whoever wrote the row."""
        importer = dict(self._importers.items()).get(name)
        try:
            return bool(
                importer and importer.read(foreign) == foreign and importer.verify(foreign, secret)
            )
        except HashRefused:
            return False

    def _in_turn(self, work: Callable[[], T], lane: Lane) -> T:
        return self._here().run(lane, work)

    def _here(self) -> Turns:
        """Return the turns of this process."""
        if self._turns[0] != os.getpid():
            # A fork takes no threads along, and nothing that waits for them.
            self._turns = os.getpid(), Turns(*self._size)
        return self._turns[1]

    def _impossible(self, chance: Chance) -> str:
        """Return a hash that nothing fits and that costs as much: salt and digest are drawn."""
        salt, digest = (
            base64.b64encode(chance.token(size).encode()[:size]).decode().rstrip("=")
            for size in (self._argon2.salt_len, self._argon2.hash_len)
        )
        a = self._argon2
        cost = f"m={a.memory_cost},t={a.time_cost},p={a.parallelism}"
        return f"$argon2id$v=19${cost}${salt}${digest}"
