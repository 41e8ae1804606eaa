"""The file of an SQLite database: nobody else reads it, whoever creates it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.db import engine, migrate
from idp.errors import Misconfigured
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """Let the process create files that everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_application_creates_it_private(tmp_path: Path, clock: MovableClock) -> None:
    folder = tmp_path / "a" / "b"
    app = built(settings_for(tmp_path, f"sqlite:///{folder}/idp.sqlite"), clock)
    Browser(app).open("/readyz")

    assert {mode(path) for path in folder.iterdir()} == {0o600}
    assert mode(folder) == 0o700
    dispose(app)


def test_migrate_creates_it_private(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite:///{tmp_path}/b/idp.sqlite")

    assert mode(tmp_path / "b" / "idp.sqlite") == 0o600


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "idp.sqlite"
    file.write_bytes(b"x")
    file.chmod(0o640)

    engine.make_file(f"sqlite:///{file}")

    assert (mode(file), file.read_bytes()) == (0o640, b"x")


def test_where_nothing_can_be_created_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Misconfigured, match=r"^database\.url: .*idp\.sqlite: File exists"):
        engine.make_file(f"sqlite:///{tmp_path}/file/idp.sqlite")


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "postgresql+psycopg://a@b/c",
     "sqlite:///file:x?mode=memory&uri=true"],
)  # fmt: skip
def test_what_has_no_file_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.chdir(tmp_path)

    engine.make_file(url)

    assert not list(tmp_path.iterdir())
