"""Signing keys as a process knows them: read every half minute, published as prebuilt bytes."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from joserfc.jwk import KeySet

from idp.core import Core
from idp.oauth import registry, rotation
from idp.oauth.key_pair import KeyPair, KeyState, opened
from idp.oauth.rotation import CACHE, Stored

ACCESS_TOKEN_ALG = "ES256"  # noqa: S105 - the name of an algorithm
ALGORITHMS = registry.ALGORITHMS


@dataclass(frozen=True)
class Snapshot:
    """All keys as of one moment: what signs, what verifies, what is published."""

    until: datetime
    signers: dict[str, KeyPair] = field(default_factory=dict)
    # Retired keys too: old ID tokens come back as hints (OIDC Core §3.1.2.1). Nothing else does.
    public: KeySet = field(default_factory=lambda: KeySet([]))
    published: KeySet = field(default_factory=lambda: KeySet([]))
    jwks: bytes = b""
    etag: str = ""


class Keys:
    """The keys of this installation, as this process knows them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._now: Snapshot | None = None
        # By the row's name and its sealed text: a row that was changed is opened again.
        self._opened: dict[tuple[str, str], KeyPair] = {}

    def current(self) -> Snapshot | None:
        """Return the keys if they are known and fresh; touches no database."""
        known = self._now
        return known if known and known.until > self._core.clock.now() else None

    def snapshot(self) -> Snapshot:
        """Return the keys, read from the database at most every `CACHE`; makes those missing."""
        known = self.current()
        if known is None:
            known = self._now = self._load()
        return known

    def signer(self, alg: str) -> KeyPair:
        """Return the active key of an algorithm; raises KeyError for one we have not."""
        return self.snapshot().signers[alg]

    def _load(self) -> Snapshot:
        until = self._core.clock.now() + CACHE
        rows = self._rows()
        before = self._opened
        pairs = {row.kid: before.get((row.kid, row.material)) or self._open(row) for row in rows}
        self._opened = {(row.kid, row.material): pairs[row.kid] for row in rows}
        shown = [pairs[row.kid] for row in rows if rotation.is_published(self._core, row)]
        jwks = json.dumps(
            {"keys": [one.published for one in shown]}, separators=(",", ":")
        ).encode()
        return Snapshot(
            until=until,
            signers={row.alg: pairs[row.kid] for row in rows if row.state == KeyState.ACTIVE},
            public=KeySet([pair.verifier for pair in pairs.values()]),
            published=KeySet([pair.verifier for pair in shown]),
            jwks=jwks,
            etag=f'"{hashlib.sha256(jwks).hexdigest()[:20]}"',
        )

    def _rows(self) -> list[Stored]:
        """Return the keys that have not been withdrawn; active ones are made when missing."""
        rows = rotation.stored(self._core)
        there = {row.alg for row in rows if row.state == KeyState.ACTIVE}
        missing = [(alg, KeyState.ACTIVE) for alg in ALGORITHMS if alg not in there]
        if missing:
            rotation.make(self._core, missing)
            rows = rotation.stored(self._core)
        return [row for row in rows if row.material]

    def _open(self, row: Stored) -> KeyPair:
        return KeyPair(row.kid, row.alg, opened(self._core, row.kid, row.material))
