"""Forgetting what is over: one rule a table, small transactions, a report at the end."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from idp.accounts import audit
from idp.accounts.grants import Grant
from idp.accounts.models import Account, Counter, FormerPassword, Link, State, UserSession
from idp.accounts.moving.models import AccountImport
from idp.core import Core
from idp.oauth import rotation
from idp.oauth.models import Code, PendingRequest, RefreshToken, SeenJti, SigningKey
from idp.outbox import OutboxRow
from idp.pin.models import Letter, LetterState, Pin

log = logging.getLogger("idp.worker")

# Rows of one transaction: on SQLite nobody else writes meanwhile.
CHUNK = 500
SYSTEM = "system"
# A sign-in that was left open overnight is told that it has ended, and where to begin anew.
TOLD = timedelta(hours=24)


@dataclass(frozen=True)
class Rule:
    """What goes: the rows of a table, by its key, that meet a condition."""

    name: str
    key: InstrumentedAttribute[Any]
    over: ColumnElement[bool]


@dataclass(frozen=True)
class Report:
    """How many rows of what were removed, or would be."""

    counts: Mapping[str, int]
    dry_run: bool

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(self.counts.values())


def once(core: Core, dry_run: bool = False) -> Report:
    """Remove everything whose time is over, audit events never; with `dry_run` only count it."""
    act = _count if dry_run else _remove
    report = Report({rule.name: act(core, rule) for rule in rules(core)}, dry_run)
    if report.total and not dry_run:
        with core.writing():
            audit.note(core, "retention.done", None, actor=SYSTEM, **report.counts)
        log.info("forgotten", extra=dict(report.counts))
    return report


def rules(core: Core) -> list[Rule]:
    """Return what is over now; what hangs on a row (links, codes, tokens) goes with it."""
    now, keep = core.clock.now(), core.settings.retention
    ended = now - keep.ended
    return [
        Rule("registrations", Account.id, _unconfirmed(now, now - keep.unconfirmed)),
        Rule("links", Link.hash, or_(Link.ends_at < ended, Link.used_at < ended)),
        Rule(
            "sessions",
            UserSession.id,
            or_(UserSession.ends_at < ended, UserSession.ended_at < ended),
        ),
        Rule("codes", Code.hash, Code.ends_at < ended),
        Rule("refresh_tokens", RefreshToken.hash, RefreshToken.ends_at < ended),
        Rule("grants", Grant.id, _let_go(now, ended)),
        Rule("pending_requests", PendingRequest.id, PendingRequest.ends_at < now - TOLD),
        Rule("keys", SigningKey.kid, SigningKey.retired_at < now - rotation.kept(core.settings)),
        # What could not be delivered still holds its payload; it is no archive either.
        Rule(
            "outbox",
            OutboxRow.id,
            or_(OutboxRow.delivered_at < ended, OutboxRow.failed_at < ended),
        ),
        Rule("counters", Counter.key, Counter.ends_at < now),
        Rule("seen_jti", SeenJti.hash, SeenJti.ends_at < now),
        # With the rows of an import that broke off and was not taken up again.
        Rule("imports", AccountImport.id, AccountImport.updated_at < now - keep.unconfirmed),
        Rule("pins", Pin.id, _printed(Pin.ends_at < ended)),
        Rule("former_passwords", FormerPassword.id, _unwanted(core)),
    ]


def _printed(over: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match PINs that are over, unless a letter about them is still to be printed."""
    waits = exists().where(Letter.pin_id == Pin.id, Letter.state == LetterState.WAITING)
    return and_(over, ~waits)


def _unwanted(core: Core) -> ColumnElement[bool]:
    """Match former passwords that nothing asks for any more."""
    return and_(literal(not core.settings.password.history), ~FormerPassword.exposed)


def _unconfirmed(now: datetime, before: datetime) -> ColumnElement[bool]:
    """Match registrations nobody confirmed, unless a link that was sent again is still open."""
    opens = exists().where(Link.account_id == Account.id, Link.ends_at > now)
    return and_(Account.state == State.PENDING, Account.created_at < before, ~opens)


def _let_go(now: datetime, ended: datetime) -> ColumnElement[bool]:
    """Match ended grants, unless the end of their session must still be told by them."""
    lives = exists().where(
        UserSession.id == Grant.session_id,
        UserSession.ended_at.is_(None),
        UserSession.ends_at > now,
    )
    return and_(or_(Grant.ends_at < ended, Grant.revoked_at < ended), ~lives)


def _count(core: Core, rule: Rule) -> int:
    found = core.db.scalar(select(func.count()).select_from(rule.key.class_).where(rule.over))
    return int(found or 0)


def _remove(core: Core, rule: Rule) -> int:
    removed = 0
    while True:
        chunk = select(rule.key).where(rule.over).limit(CHUNK)
        with core.writing():
            # The condition again: what came back to life between the two must stay.
            gone = core.db.scalars(
                delete(rule.key.class_)
                .where(rule.key.in_(chunk), rule.over)
                .returning(rule.key)
                .execution_options(synchronize_session=False)
            ).all()
        removed += len(gone)
        if len(gone) < CHUNK:
            return removed
