"""Who is signed in and for which Betrieb, and where that is kept."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from .common import Database

Facts = Mapping[str, object]
A_MINUTE = 60
# CASE, for what else is kept may be no JSON.
END_STAYS = """
DELETE FROM kept WHERE CASE WHEN key LIKE 'person:%' THEN
    (? = '' OR json_extract(value, '$.sid') = ?) AND (? = '' OR json_extract(value, '$.sub') = ?)
END
"""


@dataclass(frozen=True)
class Business:
    """The Betrieb a person acts for, as the provider vouches for it."""

    id: str
    number: str
    branch: str
    name: str

    @classmethod
    def read(cls, claims: Facts) -> "Business | None":
        """The `business` claim, or None: it is there only while the link to the Betrieb lives."""
        claim = claims.get("business")
        if not isinstance(claim, dict):
            return None
        values = [claim.get(name, "") for name in ("id", "number", "branch", "name")]
        if not all(isinstance(value, str) for value in values) or not values[0]:
            return None
        return cls(*values)


@dataclass(frozen=True)
class Person:
    """Who is signed in here. The browser holds only a random key to this, never a token."""

    sub: str
    name: str
    email: str
    business: Business | None
    id_token: str
    access_token: str
    ends: int
    # The sign-in at the provider that this stay came from; its end is told by this name.
    sid: str = ""

    @classmethod
    def read(cls, claims: Facts, info: Facts, token: Facts) -> "Person":
        """The Betrieb comes from the verified ID token, name and e-mail address from userinfo."""
        sub, name, email = str(claims["sub"]), info.get("name"), info.get("email")
        return cls(
            sub=sub,
            name=str(name or "Angemeldet"),
            email=str(email or ""),
            business=Business.read(claims),
            id_token=str(token["id_token"]),
            access_token=str(token["access_token"]),
            ends=int(str(token.get("expires_at") or int(time.time()) + A_MINUTE)),
            sid=str(claims.get("sid") or ""),
        )

    @property
    def fresh(self) -> bool:
        """Whether the access token still lives, and with it what the provider last said."""
        return time.time() < self.ends

    @property
    def bearer(self) -> dict[str, str | int]:
        """The access token in the form Authlib sends it."""
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_at": self.ends,
        }

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, kept: str) -> "Person":
        """As it was kept."""
        facts = json.loads(kept)
        business = facts.pop("business")
        return cls(business=Business(**business) if business else None, **facts)


class Kept:
    """What is kept for some time and then forgotten: persons, drafts, logout tokens that came, and
    for Authlib the state, nonce and PKCE verifier of sign-ins under way.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        database.create(
            "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT, ends INTEGER)"
        )

    def get(self, key: str) -> str | None:
        """The value, or None when it has ended."""
        statement = "SELECT value FROM kept WHERE key = ? AND ends > ?"
        rows = self.database.run(statement, key, int(time.time()))
        return str(rows[0]["value"]) if rows else None

    def set(self, key: str, value: str, seconds: int) -> None:
        """Keep a value, and forget all that have ended."""
        now = int(time.time())
        self.database.run("DELETE FROM kept WHERE ends <= ?", now)
        self.database.run("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", key, value, now + seconds)

    def first(self, key: str, seconds: int) -> bool:
        """Keep a mark; False when it is there already."""
        now = int(time.time())
        self.database.run("DELETE FROM kept WHERE ends <= ?", now)
        statement = "INSERT INTO kept VALUES (?, '', ?) ON CONFLICT DO NOTHING RETURNING key"
        return bool(self.database.run(statement, key, now + seconds))

    def end_stays(self, sid: str, sub: str) -> None:
        """Forget who is signed in by a sign-in at the provider, or all of a person's; "" is any."""
        self.database.run(END_STAYS, sid, sid, sub, sub)

    def delete(self, key: str) -> None:
        """Forget a value."""
        self.database.run("DELETE FROM kept WHERE key = ?", key)
