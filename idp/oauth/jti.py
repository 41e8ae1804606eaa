"""JWTs that count once: their `jti` is remembered until they end (RFC 7519 §4.1.7)."""

import json
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Executable, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.core import Core
from idp.oauth.models import SeenJti
from idp.seal import fingerprint

SEEN = select(exists().where(SeenJti.hash == bindparam("digest")))


def spend(core: Core, kind: str, issuer: str, jti: str, ends: datetime) -> bool:
    """Remember a JWT in the caller's transaction; False when it was there already.

    Of several at once one wins: the others wait for its commit.
    """
    values = {"hash": _digest(kind, issuer, jti), "ends_at": ends}
    statement = _adding(core.db.get_bind().dialect.name)
    return core.db.execute(statement, values).one_or_none() is not None


def seen(core: Core, kind: str, issuer: str, jti: str) -> bool:
    """Tell whether a JWT was spent."""
    return bool(core.db.scalar(SEEN, {"digest": _digest(kind, issuer, jti)}))


def _digest(kind: str, issuer: str, jti: str) -> str:
    """Return one value for all three; no two of them can be read as another two."""
    return fingerprint(json.dumps([kind, issuer, jti]))


@lru_cache(maxsize=2)
def _adding(dialect: str) -> Executable:
    insert = postgresql_insert if dialect == "postgresql" else sqlite_insert
    table = SeenJti.__table__
    return insert(table).on_conflict_do_nothing().returning(table.c.hash)  # type: ignore[arg-type]
