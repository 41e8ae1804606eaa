"""The public keys of clients: registered with them, or fetched from their `jwks_uri`.

Fetching takes up to seconds, so nothing here may be called within a transaction.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from joserfc.jwt import Token

from idp.clock import Clock
from idp.errors import Refused
from idp.oauth.jose import PublicKey, Shown, Unverified, holds_secret, public_keys, read
from idp.oauth.registry import ALGORITHMS, Registered
from idp.outbound import CallRefused, Outbound

__all__ = ["ClientKeys", "Unverified", "check"]

log = logging.getLogger("idp.oauth")

CACHE = timedelta(minutes=10)
# Strangers can make us want newer keys: they name one that nobody has.
PAUSE = timedelta(seconds=10)
# Without an answer the old keys are good for so long; then nobody is believed.
BELIEVED = timedelta(days=1)
# How long one thread waits for another one's call.
PATIENCE = 2.0
MOST_TRIED = 10

Keys = tuple[PublicKey, ...]


def check(jwks: Mapping[str, Any]) -> None:
    """Raise Refused for a key set that verifies nothing, or holds what its owner must keep."""
    if holds_secret(jwks) or not public_keys(jwks):
        raise Refused("client_keys_bad")


class ClientKeys:
    """Verifies what clients have signed; shared by all threads."""

    def __init__(self, clock: Clock, outbound: Outbound) -> None:
        self._clock, self._outbound = clock, outbound
        self._lock = Lock()
        # By client: what staff registered, and the keys that came of it.
        self._known: dict[str, tuple[object, _Source]] = {}

    def verified(self, client: Registered, token: str, only: str | None = None) -> Token:
        """Return a JWT that this client has signed, with `only` this algorithm if given.

        Raises Unverified for anything else.
        """
        shown = read(token)
        if shown.alg not in (ALGORITHMS if only is None else (only,)):
            raise Unverified("algorithm not allowed")
        source = self._source(client)
        keys = source.now()
        if not _signed(shown, keys) and not _signed(shown, _newer(source, keys, shown)):
            raise Unverified("no key of the client fits")
        return Token(dict(shown.header), shown.claims)

    def _source(self, client: Registered) -> "_Source":
        registered = client.jwks_uri if client.jwks is None else client.jwks
        with self._lock:
            known = self._known.get(client.id)
            if known is None or known[0] != registered:
                known = (registered, self._made(client))
                self._known[client.id] = known
            return known[1]

    def _made(self, client: Registered) -> "_Source":
        uri = client.jwks_uri
        if client.jwks is not None or uri is None:
            return _Source(self._clock, public_keys(client.jwks) or ())
        return _Source(self._clock, fetch=lambda: self._fetched(client.id, uri))

    def _fetched(self, client_id: str, uri: str) -> Keys | None:
        try:
            reply = self._outbound.get(uri)
            keys = public_keys(json.loads(reply.body)) if reply.status == 200 else None
        except (CallRefused, ValueError, RecursionError) as error:
            # What strangers answered stays out of the log, but for the kind of mistake.
            reason = str(error) if isinstance(error, CallRefused) else type(error).__name__
            log.warning("keys not fetched", extra={"client": client_id, "reason": reason})
            return None
        if keys is None:
            log.warning("no key set", extra={"client": client_id, "status": reply.status})
        return keys


class _Source:
    """The keys of one client; `fetch` brings newer ones, or None when that failed."""

    def __init__(
        self, clock: Clock, keys: Keys = (), fetch: Callable[[], Keys | None] | None = None
    ) -> None:
        self._clock, self._keys, self._fetch = clock, keys, fetch
        self._lock = Lock()
        self._until = self._next = self._ends = datetime.min.replace(tzinfo=UTC)

    def now(self) -> Keys:
        """Return the keys as known, fetched anew when they are old.

        One thread does that; the others go on with the old ones, or wait if there are none.
        """
        if self._until > self._clock.now():
            return self._keys
        return self._asked(0 if self._keys else PATIENCE)

    def again(self) -> Keys:
        """Return newer keys, if there are any and the last try was not just now."""
        return self._asked(PATIENCE)

    def _asked(self, patience: float) -> Keys:
        if self._fetch is None or not self._lock.acquire(timeout=patience):
            return self._keys
        try:
            if self._next <= self._clock.now():
                self._refresh(self._fetch)
            return self._keys
        finally:
            self._lock.release()

    def _refresh(self, fetch: Callable[[], Keys | None]) -> None:
        fetched, now = fetch(), self._clock.now()
        self._next = now + PAUSE
        if fetched is not None:
            self._keys, self._until, self._ends = fetched, now + CACHE, now + BELIEVED
        elif self._ends <= now:
            self._keys = ()


def _newer(source: _Source, keys: Keys, shown: Shown) -> Keys:
    """Return the keys after a rotation (OIDC Core §10.1.1); none when that is not why it failed.

    A wrong signature by a key that we know is simply wrong.
    """
    if shown.kid is not None and shown.kid in {key.kid for key in keys}:
        return ()
    newer = source.again()
    return () if newer is keys else newer


def _signed(shown: Shown, keys: Keys) -> bool:
    fitting = [key for key in keys if key.fits(shown)][:MOST_TRIED]
    return any(key.verifies(shown) for key in fitting)
