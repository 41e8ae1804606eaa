"""Requests of one network address: a coarse brake before anything costly.

The limits that decide are in the database (`accounts/limits.py`); this one may live in memory, or
in a Redis that all processes share. A brake that is away stops nobody: requests go on uncounted.
"""

import logging
import math
from urllib.parse import urlsplit

from limits import parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import RedisStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from idp.clock import Clock
from idp.errors import Misconfigured, Throttled

log = logging.getLogger("idp.rates")

# A request waits no longer than this for a server that is silent.
PATIENCE = 0.5
# So long nobody asks a server that was away.
REST = 5.0


class Rates:
    """Counts hits of addresses; raises Throttled above the rate."""

    def __init__(self, clock: Clock, storage: str, rate: str) -> None:
        self._clock = clock
        self._limiter = FixedWindowRateLimiter(opened(storage))
        self._rate = parse(rate)
        self._away_until = 0.0

    def spend(self, address: str) -> None:
        """Count one request of `address`."""
        if self._clock.timestamp() < self._away_until:
            return
        try:
            seconds = self._wait(address)
        except StorageError as error:
            self._rest(error)
            return
        if self._away_until:
            self._away_until = 0.0
            log.info("requests of one address are counted again")
        if seconds:
            raise Throttled(seconds)

    def _wait(self, address: str) -> int:
        """Count; returns the seconds until the next request may come, 0 for now."""
        if self._limiter.hit(self._rate, address):
            return 0
        ends = self._limiter.get_window_stats(self._rate, address).reset_time
        return max(1, math.ceil(ends - self._clock.timestamp()))

    def _rest(self, error: StorageError) -> None:
        if not self._away_until:
            kind = type(error.storage_error).__name__
            log.warning("limits.storage is away, nothing is counted", extra={"error": kind})
        self._away_until = self._clock.timestamp() + REST


def opened(storage: str) -> Storage:
    """Return the storage that `limits.storage` names; nothing is asked of its server yet.

    Raises Misconfigured, without the address: it may hold a password.
    """
    kind = storage.partition(":")[0]
    package = "valkey" if kind.startswith("valkey") else "redis"
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        _readable(storage)
        found = storage_from_string(
            storage, wrap_exceptions=True, **({} if kind == "memory" else patience)
        )
        if isinstance(found, RedisStorage):
            _sound(found)
    except ConfigurationError as error:
        told = f"{kind} needs the Python package {package!r}, which is not installed"
        raise Misconfigured([f"limits.storage: {told}"]) from error
    except (ValueError, TypeError, OSError) as error:
        told = f"is no address of a server; write {kind}://host:port"
        raise Misconfigured([f"limits.storage: {told}"]) from error
    if not isinstance(found, Storage):
        raise Misconfigured([f"limits.storage: {kind} is not for this"])
    return found


def _readable(storage: str) -> None:
    """Raise ValueError for a host or port that only a connection would refuse."""
    parts = urlsplit(storage)
    (parts.hostname or "").encode("idna")
    if parts.port == 0:
        raise ValueError(storage)


def _sound(found: RedisStorage) -> None:
    """Raise ValueError or TypeError for options that only a connection would refuse."""
    try:
        found.storage.connection_pool.make_connection()
    except found.base_exceptions as error:
        raise ValueError(str(error)) from error
