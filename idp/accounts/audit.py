"""What happened, for the record: plain inserts in the transaction of the deed."""

from idp.accounts.models import AuditEvent
from idp.core import Core

MEMBER = "member"
OPERATOR = "operator"


def note(
    core: Core, kind: str, account_id: str | None, *, actor: str = MEMBER, **facts: object
) -> None:
    """Record `kind` in the running transaction; `facts` hold ids and codes, never personal data."""
    core.db.add(
        AuditEvent(
            id=core.chance.token(16),
            at=core.clock.now(),
            kind=kind,
            account_id=account_id,
            actor=actor,
            facts=dict(facts),
        )
    )
