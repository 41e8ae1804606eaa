"""Signing keys: made once, stored sealed, cached in each process, published as prebuilt bytes."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from idp.core import Core
from idp.oauth.models import SigningKey

CACHE = timedelta(seconds=30)
RSA_BITS = 3072
ACCESS_TOKEN_ALG = "ES256"  # noqa: S105 - the name of an algorithm
ALGORITHMS = ("RS256", "ES256")


@dataclass(frozen=True)
class Signer:
    """A private key ready for use."""

    kid: str
    alg: str
    key: Any


@dataclass(frozen=True)
class Snapshot:
    """All keys as of one moment."""

    until: datetime
    signers: dict[str, Signer] = field(default_factory=dict)
    public: KeySet = field(default_factory=lambda: KeySet([]))
    jwks: bytes = b""
    etag: str = ""


class Keys:
    """The keys of this installation, as this process knows them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._now: Snapshot | None = None

    def current(self) -> Snapshot | None:
        """Return the keys if they are known and fresh; touches no database."""
        known = self._now
        return known if known and known.until > self._core.clock.now() else None

    def snapshot(self) -> Snapshot:
        """Return the keys, read from the database at most every `CACHE`."""
        known = self.current()
        if known is None:
            known = self._now = self._load()
        return known

    def signer(self, alg: str) -> Signer:
        """Return the active key of an algorithm."""
        return self.snapshot().signers[alg]

    def _load(self) -> Snapshot:
        rows = self._rows()
        missing = [
            alg for alg in ALGORITHMS if alg not in {r.alg for r in rows if r.state == "active"}
        ]
        if missing:
            for alg in missing:
                self._make(alg)
            rows = self._rows()
        signers, public = {}, []
        for row in rows:
            key = self._open(row)
            # Public parts alone: what verifies must not be able to sign.
            public.append(key.as_dict(private=False, kid=row.kid, use="sig", alg=row.alg))
            if row.state == "active":
                signers[row.alg] = Signer(row.kid, row.alg, key)
        jwks = json.dumps({"keys": public}, separators=(",", ":")).encode()
        return Snapshot(
            until=self._core.clock.now() + CACHE,
            signers=signers,
            public=KeySet.import_key_set({"keys": public}),
            jwks=jwks,
            etag=f'"{hashlib.sha256(jwks).hexdigest()[:20]}"',
        )

    def _rows(self) -> list[SigningKey]:
        return list(
            self._core.db.scalars(select(SigningKey).order_by(SigningKey.alg, SigningKey.kid))
        )

    def _open(self, row: SigningKey) -> Any:
        private = json.loads(self._core.vault.open(f"signing_key:{row.kid}", row.private))
        return (RSAKey if row.alg == "RS256" else ECKey).import_key(private)

    def _make(self, alg: str) -> None:
        kid = self._core.chance.token(9)
        key = RSAKey.generate_key(RSA_BITS) if alg == "RS256" else ECKey.generate_key("P-256")
        private = json.dumps(key.as_dict(private=True)).encode()
        sealed = self._core.vault.seal(f"signing_key:{kid}", private)
        try:
            with self._core.writing():
                self._core.db.add(
                    SigningKey(
                        kid=kid, alg=alg, state="active", private=sealed,
                        created_at=self._core.clock.now(),
                    )
                )  # fmt: skip
        except IntegrityError:
            # Another process made it first; the next look finds that one.
            return
