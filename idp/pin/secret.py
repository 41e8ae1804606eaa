"""How a PIN is drawn and kept: a slow hash under the pepper, bound to its row.

argon2id because 36 bits can be guessed where a fast hash leaks (ASVS 6.5.2); the pepper because
the database may leak alone. Both are computed outside any transaction, for they take long.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from idp.core import Core
from idp.pin import code
from idp.pin.models import Pin

T = TypeVar("T")


@dataclass(frozen=True)
class Drawn:
    """A new PIN before it is stored: the id of its row, the word, and what will be kept of it."""

    id: str
    word: code.Pin = field(repr=False)
    hash: str


def keep(core: Core, business_id: str, write: Callable[[Drawn], T]) -> T:
    """Draw a PIN and let `write` store it, in one transaction; raises Busy.

    Two who draw at once for one business may draw the same selector, which no reading beforehand
    can see. The later one is undone as a whole and draws once more.
    """
    try:
        return _kept(core, business_id, write)
    except IntegrityError:
        return _kept(core, business_id, write)


def _kept(core: Core, business_id: str, write: Callable[[Drawn], T]) -> T:
    drawn = draw(core, business_id)
    with core.writing():
        return write(drawn)


def draw(core: Core, business_id: str) -> Drawn:
    """Draw a PIN whose selector this business never had; raises Busy when hashes are waiting."""
    taken = set(core.db.scalars(select(Pin.selector).where(Pin.business_id == business_id)))
    word = code.make(core.chance.below)
    while word.selector in taken:
        word = code.make(core.chance.below)
    pin_id = core.chance.token(16)
    return Drawn(pin_id, word, core.hasher.hash(_proof(core, pin_id, word)))


def fits(core: Core, pin_id: str, encoded: str | None, word: code.Pin) -> bool:
    """Verify with exactly one hash; without a row it takes as long and is False."""
    return core.hasher.verify(encoded, _proof(core, pin_id, word))


def _proof(core: Core, pin_id: str, word: code.Pin) -> str:
    # With the row's id inside, a hash that is copied to another row fits nothing there.
    return core.vault.peppered(f"pin:{pin_id}:{word.selector}{word.secret}")
