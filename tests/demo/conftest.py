"""A demo inside the test, and running demos as people start them."""

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import requests
from flask import Flask

from idp.app import create_app
from idp.core import Core
from idp.db import Base
from idp.demo import door
from idp.demo.mailbox import Mailbox
from idp.web.house import NAME
from tests.conftest import MovableClock, dispose, settings_for

TAKEN = itertools.count()
CHEAP = {"IDP_PASSWORD__ARGON2_MEMORY_KIB": "8", "IDP_PASSWORD__ARGON2_TIME": "1"}


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
def demo_app(tmp_path: Path, clock: MovableClock, mailbox: Mailbox) -> Iterator[Flask]:
    """The application of a demo with an empty database."""
    app = create_app(settings_for(tmp_path), clock=clock, demo=True)
    door.mount(app, mailbox)
    with app.app_context():
        Base.metadata.create_all(app.extensions["sqlalchemy"].engine)
    yield app
    dispose(app)


@pytest.fixture
def demo_core(demo_app: Flask) -> Iterator[Core]:
    with demo_app.app_context():
        yield demo_app.extensions[NAME].core


class Demo:
    """A demo that runs; `said` is what it printed."""

    def __init__(self, folder: Path, command: Sequence[str] = (), **environment: str) -> None:
        self.port = int(environment.setdefault("PORT", str(free_ports())))
        self.log = folder / "demo.log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("IDP_", "DATABASE_"))}
        with self.log.open("wb") as log:
            # A session, hence a group, of its own: like what a terminal starts.
            self.process = subprocess.Popen(
                [*(command or (sys.executable, "-m", "idp.cli")), "demo"],
                cwd=folder,
                env={**clean, **CHEAP, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def url(self, path: str = "/", application: int = 0) -> str:
        return f"http://127.0.0.1:{self.port + application}{path}"

    def get(self, path: str = "/", application: int = 0, **headers: str) -> requests.Response:
        return requests.get(self.url(path, application), headers=headers, timeout=10)

    def ready(self) -> "Demo":
        """Wait until it says that it runs."""
        self.until(lambda: "Ctrl-C" in self.said)
        return self

    def until(self, true: Callable[[], object], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)

    def family(self) -> list[int]:
        """Return all processes below this one."""
        found, parents = [], {self.process.pid}
        while parents:
            parents = {pid for pid, parent in processes().items() if parent in parents}
            found += parents
        return found

    def refused(self) -> str:
        """Wait for the end of a demo that does not start; returns what it said."""
        assert self.process.wait(30) != 0, self.said
        return self.said

    def interrupt(self) -> int:
        """Press Ctrl-C: the terminal tells the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(10)

    def stop(self) -> None:
        """End what may still run after a failed test."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(12)


def processes() -> dict[int, int]:
    """Return pid -> parent of everything that runs and is no zombie."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = re.split(r"\s+", stat.read_text().rpartition(")")[2].strip())[:2]
            if state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def free_ports(count: int = 4) -> int:
    """Return the first of some free ports in a row, below those that the kernel hands out.

    Each process of a test run looks in a place of its own, and never at the same ports again.
    """
    start = 20_000 + os.getpid() * 400 % 10_800
    for first in range(start + next(TAKEN) * count, start + 1_200, count):
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in range(first, first + count):
                probe = probes.enter_context(socket.socket())
                probe.bind(("127.0.0.1", port))
            return first
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests of a module that only look at it."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    try:
        yield demo.ready()
    finally:
        demo.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start demos in one folder, one after the other."""
    demos: list[Demo] = []

    def started(**environment: str) -> Demo:
        demos.append(Demo(tmp_path, **environment))
        return demos[-1]

    yield started
    for demo in demos:
        demo.stop()
