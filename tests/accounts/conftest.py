"""Verbs on both databases, and somebody who moved here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts.models import Account
from idp.accounts.moving import load, stage
from idp.core import Core
from tests import people
from tests.accounts.files import HASHES, HEAD, imported, row, written
from tests.people import Member


@pytest.fixture
def both_core(both_app: Flask) -> Iterator[Core]:
    with both_app.app_context():
        yield people.core_of(both_app)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two rows, windows of three: borders come soon."""
    monkeypatch.setattr(load, "CHUNK", 2)
    monkeypatch.setattr(stage, "WINDOW", 3)


@pytest.fixture
def mover(core: Core, tmp_path: Path) -> Member:
    """Who brought a password, an old address and numbers along."""
    numbers = written(tmp_path, "alt;neu\nK-7;4711\n", "numbers.csv")
    head = HEAD.replace("\n", ";kundennummer\n")
    line = row(7, hash=HASHES["bcrypt"]).replace("\n", ";K-7\n")
    assert imported(core, written(tmp_path, head + line), numbers=numbers).problems == []
    return Member(core.db.scalars(select(Account.id)).one(), "p7@beispiel.test")
