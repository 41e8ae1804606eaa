"""The single checks of `idp check`: each looks at one thing and returns what it found."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from idp.app import chosen
from idp.cli.told import departed
from idp.clock import Clock
from idp.db import engine, installation, migrate
from idp.db.migrate import Standing
from idp.errors import Misconfigured
from idp.mail.smtp import Smtp
from idp.outbound import CallRefused, Outbound, Reply
from idp.outbox import OutboxRow
from idp.policy.presets import PRESETS
from idp.seal import FILES
from idp.settings import Settings
from idp.settings.models import LOOPBACK
from idp.web import rates

HOUSE = Path(__file__).parent.parent
ROOT = 0
DISCOVERY = "/.well-known/openid-configuration"


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    name: str
    text: str


Check = Callable[[Settings], Iterator[Finding]]


def issuer(settings: Settings) -> Iterator[Finding]:
    """The address of tokens and links: what answers there calls itself so."""
    if not settings.https:
        told = f"{settings.issuer} works on this machine alone; not asked who answers there"
        yield Finding(Level.WARN, "issuer", told)
        return
    try:
        reply = Outbound(Clock(), settings.outbound).get(f"{settings.issuer}{DISCOVERY}")
        wrong = _another(reply, settings.issuer)
    except CallRefused as error:
        wrong = f"{error}; see [outbound] if it is in a private network"
    except OSError as error:
        wrong = f"outbound.ca_file: {error}"
    if wrong:
        yield Finding(Level.WARN, "issuer", f"{settings.issuer}: {wrong}")
    else:
        yield Finding(Level.OK, "issuer", f"{settings.issuer} answers as itself")


def _another(reply: Reply, wanted: str) -> str | None:
    """Return what is wrong with a discovery document (OIDC Discovery §4.3)."""
    if reply.status != 200:
        return f"{DISCOVERY} answers with status {reply.status}"
    try:
        found = json.loads(reply.body)["issuer"]
    except (ValueError, LookupError, TypeError):
        return f"{DISCOVERY} is no discovery document"
    return None if found == wanted else f"{DISCOVERY} names another issuer: {found!r}"


def keys(settings: Settings) -> Iterator[Finding]:
    """The key files: there, ours, and nobody else's to read."""
    for name in FILES:
        path = settings.keys.dir / name
        try:
            status = path.stat()
        except OSError as error:
            yield Finding(Level.FAIL, "keys", f"{path}: {error.strerror}; run `idp init`")
            continue
        if stat.S_IMODE(status.st_mode) & 0o077:
            yield Finding(Level.FAIL, "keys", f"{path}: others may read it; chmod 600")
        elif status.st_uid not in (os.geteuid(), ROOT):
            yield Finding(Level.FAIL, "keys", f"{path}: belongs to another user")
        else:
            yield Finding(Level.OK, "keys", str(path))


def plugins(settings: Settings) -> Iterator[Finding]:
    """Everything that the configuration names is there."""
    _, _, mistakes = chosen(settings)
    for mistake in mistakes:
        yield Finding(Level.FAIL, "plugins", mistake)
    if not mistakes:
        yield Finding(Level.OK, "plugins", ", ".join(settings.plugins) or "none but our own")


def file(settings: Settings) -> Iterator[Finding]:
    """The file of an SQLite database: there, and nobody else's to read."""
    path = engine.sqlite_file(settings.database.url)
    if path is None or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        told = f"{path}: mode {mode:03o}, others may read or change it; chmod 600"
        yield Finding(Level.WARN, "database", told)
    else:
        yield Finding(Level.OK, "database", f"{path}: mode {mode:03o}")


def database(settings: Settings) -> Iterator[Finding]:
    """The database: reachable, at this version, no demo, nothing left lying in the outbox."""
    url = settings.database.url
    path = engine.sqlite_file(url)
    if path is not None and not path.exists():
        # Looking at it would create it.
        yield Finding(Level.FAIL, "database", f"{path}: not there; run `idp migrate`")
        return
    reached = create_engine(url, poolclass=NullPool)
    engine.prepare(reached)
    try:
        with Session(reached) as db:
            standing = migrate.standing(db.connection())
            if standing in (Standing.EMPTY, Standing.BEHIND):
                yield Finding(Level.FAIL, "database", f"{standing}; run `idp migrate`")
                return
            yield Finding(Level.OK, "database", f"{reached.dialect.name}, {standing}")
            if installation.is_demo(db):
                yield Finding(Level.FAIL, "database", "is a demo; only `idp demo` may use it")
            yield from outbox(db)
    except SQLAlchemyError as error:
        yield Finding(Level.FAIL, "database", f"not reachable: {type(error).__name__}")
    finally:
        reached.dispose()


def outbox(db: Session) -> Iterator[Finding]:
    """What should have left the house long ago."""
    failed = db.scalar(select(func.count()).where(OutboxRow.failed_at.is_not(None)))
    if failed:
        yield Finding(Level.WARN, "outbox", f"{failed} could not be delivered and were given up")
    late = OutboxRow.due_at < Clock().now() - timedelta(minutes=10)
    waiting = db.scalar(
        select(func.count()).where(
            OutboxRow.delivered_at.is_(None), OutboxRow.failed_at.is_(None), late
        )
    )
    if waiting:
        yield Finding(Level.WARN, "outbox", f"{waiting} wait for long; does a worker run?")


def mail(settings: Settings) -> Iterator[Finding]:
    """The mail server answers, and what it is told travels encrypted."""
    server = settings.mail
    place = f"{server.host}:{server.port}"
    if server.carrier != "smtp":
        yield Finding(Level.WARN, "mail", f"carrier {server.carrier}: nothing leaves by SMTP")
        return
    if server.tls == "off" and server.host not in LOOPBACK:
        yield Finding(Level.WARN, "mail", f"{place}: links that open accounts travel in clear")
    try:
        with Smtp(server.model_dump()).connect():
            yield Finding(Level.OK, "mail", f"{place} answers")
    except OSError as error:
        yield Finding(Level.FAIL, "mail", f"{place}: {type(error).__name__}: {error}")


def limits(settings: Settings) -> Iterator[Finding]:
    """Strangers are counted."""
    wanted = settings.limits
    if wanted.per_ip == "off":
        yield Finding(Level.WARN, "limits", "per_ip is off; that is for measurements only")
        return
    try:
        answers = rates.opened(wanted.storage).check()
    except Misconfigured as error:
        for mistake in error.mistakes:
            yield Finding(Level.FAIL, "limits", mistake)
        return
    if answers:
        yield Finding(Level.OK, "limits", f"{wanted.requests} for one address")
    else:
        yield Finding(Level.WARN, "limits", "limits.storage does not answer; nothing is counted")


def loosened(settings: Settings) -> Iterator[Finding]:
    """What a conformance suite may have, and people may not."""
    told = []
    if settings.oauth.conformance:
        told.append("oauth.conformance is on; this installation must never have people in it")
    if settings.oauth.nonce_without_pkce == "optional":
        told.append("oauth.nonce_without_pkce is optional; codes may be injected")
    for text in told:
        yield Finding(Level.WARN, "oauth", text)


def passwords(settings: Settings) -> Iterator[Finding]:
    """The public advice about passwords that this installation does not follow."""
    preset = settings.password.preset
    if settings.password.rules:
        told = "own rules; not compared with public advice"
        yield Finding(Level.WARN, "passwords", told)
        return
    for departure in PRESETS[preset].departures:
        told = f"{preset} departs from {departure.source}: {departed(departure)}"
        yield Finding(Level.WARN, "passwords", told)


def files(_settings: Settings) -> Iterator[Finding]:
    """What set-up brings: style sheets and compiled texts."""
    wanted = {
        "static/app.css": Level.FAIL,
        "static/kern/kern.min.css": Level.WARN,
        "translations/de/LC_MESSAGES/messages.mo": Level.FAIL,
        "translations/en/LC_MESSAGES/messages.mo": Level.FAIL,
    }
    missing = [name for name in wanted if not (HOUSE / name).is_file()]
    for name in missing:
        yield Finding(wanted[name], "files", f"idp/{name} is missing; run `make static`")
    if not missing:
        yield Finding(Level.OK, "files", "style sheets and texts are there")


ALL: tuple[Check, ...] = (
    issuer, keys, plugins, file, database, mail, limits, loosened, passwords, files,
)  # fmt: skip
