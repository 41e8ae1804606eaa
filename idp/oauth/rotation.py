"""The life of signing keys: published as `next`, `active` until rotated, then `retired`.

Nobody meets a key that he cannot know: it is published for longer than anyone keeps the old set
before it signs, and until the last token that it signed is over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from idp.accounts import audit
from idp.core import Core
from idp.errors import Refused
from idp.oauth.key_pair import KeyState, draw, opened, public, sealed
from idp.oauth.models import SigningKey
from idp.oauth.registry import ALGORITHMS
from idp.settings import Settings

# How long a process believes the keys it has read, and a relying party the set it has fetched.
CACHE = timedelta(seconds=30)
MAX_AGE = timedelta(seconds=300)
# Fetched from a process that had not read the key yet, and the same again for clocks that differ.
AHEAD = MAX_AGE + 2 * CACHE
ID_TOKEN_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Stored:
    """A key as its row says; what is withdrawn has no material left."""

    kid: str
    alg: str
    state: str
    created_at: datetime
    retired_at: datetime | None
    material: str = field(repr=False)


# By algorithm and state; the retired ones of an algorithm are many, and not looked for here.
Keys = Mapping[tuple[str, str], Stored]


@dataclass(frozen=True)
class Listed:
    """A key as operators see it."""

    kid: str
    alg: str
    state: str
    since: datetime
    published: bool
    trusted: bool


@dataclass(frozen=True)
class Rotated:
    """What one algorithm's rotation did, by the names of the keys."""

    alg: str
    retired: str
    active: str
    next: str


def stored(core: Core) -> list[Stored]:
    """Return all keys, those that sign first; as they are now, whatever this session has seen."""
    rows = core.db.execute(
        select(
            SigningKey.kid, SigningKey.alg, SigningKey.state,
            SigningKey.created_at, SigningKey.retired_at, SigningKey.private,
        ).order_by(SigningKey.state, SigningKey.alg, SigningKey.kid)
    )  # fmt: skip
    return [Stored(*row) for row in rows]


def is_published(core: Core, key: Stored) -> bool:
    """Tell whether relying parties may still meet a token of this key, or soon will."""
    if key.state != KeyState.RETIRED:
        return True
    retired = key.retired_at
    over = retired is None or retired + longest(core.settings) <= core.clock.now()
    return bool(key.material) and not over


def longest(settings: Settings) -> timedelta:
    """Return how long after its end a key may be needed: a process still signed, a token lives."""
    return CACHE + max(settings.tokens.access, ID_TOKEN_LIFE)


def kept(settings: Settings) -> timedelta:
    """Return how long retired keys are there for hints: as long as anyone may hold a token."""
    return max(settings.tokens.refresh_absolute, longest(settings))


def prepare(core: Core) -> None:
    """Make the active and next keys that are missing, before anybody waits for them."""
    there = {(key.alg, key.state) for key in stored(core)}
    states = (KeyState.ACTIVE, KeyState.NEXT)
    wanted = ((alg, state) for alg in ALGORITHMS for state in states)
    make(core, (pair for pair in wanted if pair not in there))


def make(core: Core, wanted: Iterable[tuple[str, KeyState]]) -> None:
    """Make keys; of two processes that make one at once, the first wins."""
    # Drawn before the database is locked for others.
    for key in [draw(core, alg, state) for alg, state in wanted]:
        with core.writing():
            try:
                # A transaction of our own inside the caller's, which must survive this.
                with core.db.begin_nested():
                    core.db.add(key)
            except IntegrityError:
                continue


def rotate(
    core: Core, algs: tuple[str, ...] = ALGORITHMS, *, at_once: bool = False
) -> list[Rotated]:
    """Retire active keys, activate the next ones, make new next ones; all of them or none.

    `at_once` is for a key in foreign hands: nobody waits, and what it signed is believed no more.
    Raises Refused when a next key is too young to be known everywhere, or another rotation won.
    """
    prepare(core)
    keys: Keys = {(key.alg, key.state): key for key in stored(core)}
    algs = tuple(alg for alg in ALGORITHMS if alg in algs)
    if not at_once:
        _require_known(core, [keys[alg, KeyState.NEXT] for alg in algs])
    fresh = [draw(core, alg, KeyState.NEXT) for alg in algs]
    with core.writing():
        return [_advance(core, keys, new, withdraw=at_once) for new in fresh]


def everyone(core: Core) -> list[Listed]:
    """Return all keys for operators."""
    keys = stored(core)
    return [
        Listed(
            key.kid, key.alg, key.state, _since(key, keys),
            published=is_published(core, key), trusted=bool(key.material),
        )
        for key in keys
    ]  # fmt: skip


def _since(key: Stored, keys: list[Stored]) -> datetime:
    """Return when a key came into its state; an active one when the one before it ended."""
    if key.state != KeyState.ACTIVE:
        return key.retired_at or key.created_at
    ends = (other.retired_at for other in keys if other.alg == key.alg and other.retired_at)
    return max(ends, default=key.created_at)


def _require_known(core: Core, keys: list[Stored]) -> None:
    ready = max(key.created_at for key in keys) + AHEAD
    if ready > core.clock.now():
        # Whole seconds, and not one too early.
        at = (ready + timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S UTC")
        raise Refused("keys_too_young", at=at)


def _advance(core: Core, keys: Keys, new: SigningKey, *, withdraw: bool) -> Rotated:
    old, ahead = keys[new.alg, KeyState.ACTIVE], keys[new.alg, KeyState.NEXT]
    left = "" if withdraw else _public_alone(core, old)
    _move(core, old, state=KeyState.RETIRED, retired_at=core.clock.now(), private=left)
    _move(core, ahead, state=KeyState.ACTIVE)
    core.db.add(new)
    done = Rotated(new.alg, retired=old.kid, active=ahead.kid, next=new.kid)
    audit.note(core, "key.rotated", None, actor=audit.OPERATOR, withdrawn=withdraw, **vars(done))
    return done


def _public_alone(core: Core, key: Stored) -> str:
    return sealed(core, key.kid, public(opened(core, key.kid, key.material)))


def _move(core: Core, key: Stored, **values: object) -> None:
    """Change a key that is still in the state it was read in: of two rotations one goes on."""
    moved = core.db.scalar(
        update(SigningKey)
        .where(SigningKey.kid == key.kid, SigningKey.state == key.state)
        .values(**values)
        .returning(SigningKey.kid)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise Refused("keys_rotated_meanwhile")
