"""What every verb receives: settings, database, time, chance and the things built from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session, scoped_session

from idp.clock import Chance, Clock
from idp.db import engine
from idp.hashing import Hasher
from idp.outbox import Outbox
from idp.plugins import Plugins
from idp.policy import Policy
from idp.seal import Vault
from idp.settings import Settings


@dataclass(frozen=True)
class Core:
    """Built once by `app.py`; shared by all threads (the session is one per thread)."""

    settings: Settings
    db: scoped_session[Session]
    clock: Clock
    chance: Chance
    plugins: Plugins
    policy: Policy
    vault: Vault
    hasher: Hasher
    post: Outbox

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Open one transaction that writes: committed at the end, undone when something raises.

        On SQLite it takes the write lock at once, so nothing read inside can be stale. A verb
        that calls another verb shares its transaction.
        """
        session = self.db()
        if session.info.get("writing"):
            yield
            return
        # Ends the reading that went before; a rollback would make what was read fetch itself again.
        session.commit()
        session.connection(execution_options=engine.writing(session.get_bind()))
        session.info["writing"] = True
        try:
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["writing"] = False
