"""People in tests: an account, its owner's browser, and the mailbox where mails arrive."""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from flask import Flask, has_app_context

from idp.accounts import admin
from idp.accounts.admin import Person
from idp.core import Core
from idp.hashing import Hasher
from idp.mail import compose
from idp.outbox import Kind
from idp.plugins import Mail
from idp.web.house import NAME, House
from tests.browser import Browser, Page

PASSWORD = "Kachelofen-38-Nord"
OTHER_PASSWORD = "Wetterhahn!52-Süd"


@dataclass(frozen=True)
class Member:
    """An active account and what it signs in with."""

    id: str
    email: str
    password: str = PASSWORD

    def sign_in(self, browser: Browser, password: str | None = None) -> Page:
        page = browser.open("/login")
        return page.send(username=self.email, password=password or self.password)


def core_of(app: Flask) -> Core:
    return app.extensions[NAME].core


def member(app: Flask, email: str = "erika@beispiel.test", given: str = "Erika") -> Member:
    """Add an active account."""
    with inside(app):
        account = admin.add(core_of(app), Person(email, given, "Mustermann"), PASSWORD)
    return Member(account.id, email)


def inside(app: Flask) -> AbstractContextManager[Any]:
    """Return the application context: the one that the test holds, else a new one."""
    return nullcontext() if has_app_context() else app.app_context()


def fresh(core: Core) -> None:
    """Forget what was read: others have written since."""
    core.db.rollback()
    core.db.expire_all()


def register(browser: Browser, email: str = "neu@beispiel.test", **more: str) -> Page:
    """Fill and send the registration."""
    values = {
        "given_name": "Nina",
        "family_name": "Neumann",
        "email": email,
        "accept_terms": "y",
        "accept_privacy": "y",
        **more,
    }
    return browser.open("/register").send(**values)


@dataclass
class Postbox:
    """Everything that was mailed, the latest last; delivered when looked at."""

    app: Flask
    seen: list[Mail] = field(default_factory=list)
    nothings: int = 0

    @property
    def mails(self) -> list[Mail]:
        core = core_of(self.app)
        with inside(self.app):
            with core.writing():
                due = core.post.lease(1000)
                for row in due:
                    core.post.delivered(row)
            for row in sorted(due, key=lambda row: row.created_at):
                self.nothings += row.kind == Kind.NOTHING
                if row.kind == Kind.MAIL:
                    self.seen.append(compose.mail(core.settings, row.payload, row.id))
        return self.seen

    def to(self, email: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == email]

    def link(self, email: str | None = None) -> str:
        """Return the path of the latest mailed link."""
        mails = self.to(email) if email else self.mails
        return next(found for mail in reversed(mails) if (found := link_in(mail)))


def link_in(mail: Mail) -> str | None:
    found = re.search(r"https?://\S+/k/\S+", mail.text)
    return urlsplit(found[0]).path if found else None


class CountingHasher(Hasher):
    """Counts how many passwords were really verified."""

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.verified = 0

    def verify(self, encoded: str | None, secret: str) -> bool:
        self.verified += 1
        return super().verify(encoded, secret)


def counting(app: Flask, queue: int = 64, slots: int = 2) -> CountingHasher:
    """Give an application a hasher that counts."""
    house: House = app.extensions[NAME]
    argon2 = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hasher = CountingHasher(argon2, slots, queue, house.core.chance)
    app.extensions[NAME] = replace(house, core=replace(house.core, hasher=hasher))
    return hasher
