"""The command line as an operator uses it, on an installation below `tmp_path`."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from tests.conftest import settings_for
from tests.mail.server import Postbox

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands set up logging for their process; here it is the process of all tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("granian.access").filters.clear()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture
def idp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`idp ...`, configured by the environment, as on a machine of its own."""
    settings = settings_for(tmp_path)
    for name, value in {
        "IDP_DATABASE__URL": f"sqlite:///{tmp_path}/idp.sqlite",
        "IDP_KEYS__DIR": settings.keys.dir,
        "IDP_PIN__FOLDER": settings.pin.folder,
        "IDP_PASSWORD__ARGON2_MEMORY_KIB": 8,
        "IDP_PASSWORD__ARGON2_TIME": 1,
    }.items():
        monkeypatch.setenv(name, str(value))

    def run(*words: str, **more: str) -> Result:
        return CliRunner().invoke(main, words, prog_name="idp", **more)

    return run


@pytest.fixture
def installed(idp: Run) -> Run:
    """The same after `idp init`."""
    assert idp("init").exit_code == 0
    return idp


@pytest.fixture
def mailing(installed: Run, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with a mail server that answers."""
    monkeypatch.setenv("IDP_MAIL__PORT", str(postbox.port))
    return installed
