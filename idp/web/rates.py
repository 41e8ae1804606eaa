"""Requests of one network address: a coarse brake before anything costly.

The limits that decide are in the database (`accounts/limits.py`); this one may live in memory.
"""

import math

from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from idp.clock import Clock
from idp.errors import Throttled


class Rates:
    """Counts hits of addresses; raises Throttled above the rate."""

    def __init__(self, clock: Clock, storage: str, rate: str) -> None:
        self._clock = clock
        self._limiter = FixedWindowRateLimiter(storage_from_string(storage))
        self._rate = parse(rate)

    def spend(self, address: str) -> None:
        """Count one request of `address`."""
        if not self._limiter.hit(self._rate, address):
            ends = self._limiter.get_window_stats(self._rate, address).reset_time
            raise Throttled(max(1, math.ceil(ends - self._clock.timestamp())))
