"""Time and chance. Nothing else in the house reads the clock or the generator."""

import secrets
import time
from datetime import UTC, datetime


class Clock:
    """Reads the time; tests hand in one that can be moved."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC, with microseconds."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Return seconds since the epoch."""
        return time.time()


class Chance:
    """Draws unguessable values from the operating system's generator."""

    def token(self, size: int = 32) -> str:
        """Return `size` random bytes as URL-safe text without padding.

        Never with a hyphen in front: ids are typed behind commands, which would read an option.
        """
        text = secrets.token_urlsafe(size)
        return self.token(size) if text.startswith("-") else text

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, `limit`."""
        return secrets.randbelow(limit)
