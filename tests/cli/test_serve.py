"""`idp serve` as a process: it answers, delivers, and ends whole."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from granian.server.mp import MPServer

from tests.cli.conftest import Run
from tests.conftest import dispose
from tests.mail.server import Postbox, certificate
from tests.postgresql import free_port

Serve = Callable[..., "Served"]
ANNA = ("--email", "a@b.test", "--given-name", "A", "--family-name", "B")


class Served:
    """A running `idp serve`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.log = folder / "serve.log"
        environment = {**os.environ, "IDP_ISSUER": f"http://127.0.0.1:{self.port}"}
        command = [sys.executable, "-m", "idp.cli", "serve", "--port", str(self.port), *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def get(self, path: str, scheme: str = "http", **more: object) -> requests.Response:
        return requests.get(
            f"{scheme}://127.0.0.1:{self.port}{path}", timeout=5, allow_redirects=False, **more
        )

    def ready(self, **more: object) -> "Served":
        eventually(lambda: self.answers(**more), self.log)
        return self

    def answers(self, **more: object) -> bool:
        try:
            return self.get("/healthz", **more).status_code == 200
        except requests.ConnectionError:
            return False

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(15)

    def family(self) -> list[int]:
        """Return the processes below this one."""
        found: list[int] = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == self.process.pid:
                found.append(int(stat.parent.name))
        return found


def eventually(true: Callable[[], object], log: Path) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def serve(mailing: Run, tmp_path: Path) -> Iterator[Serve]:
    started: list[Served] = []

    def start(*options: str) -> Served:
        started.append(Served(tmp_path, *options))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.end()


def test_it_answers_and_delivers_beside(serve: Serve, mailing: Run, postbox: Postbox) -> None:
    served = serve("--workers", "1").ready()

    mailing("account", "add", *ANNA)

    assert served.get("/login").status_code == 200
    eventually(lambda: postbox.mails, served.log)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_all_its_processes(serve: Serve, by: signal.Signals) -> None:
    served = serve("--workers", "1").ready()
    family = served.family()

    code = served.end(by)

    assert code == 0
    assert len(family) >= 2
    eventually(lambda: not any(map(alive, family)), served.log)


def test_a_worker_that_dies_is_started_again(serve: Serve) -> None:
    served = serve("--workers", "1").ready()
    eventually(lambda: "worker started" in served.log.read_text(), served.log)
    [worker] = [pid for pid in served.family() if command_of(pid) == b"worker"]

    os.kill(worker, signal.SIGKILL)

    eventually(lambda: served.log.read_text().count("worker started") == 2, served.log)


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"idp.cli")[2].split(b"\0")[1]


def test_without_a_worker_nobody_delivers(serve: Serve) -> None:
    served = serve("--workers", "1", "--no-worker").ready()

    assert not [pid for pid in served.family() if command_of(pid) == b"worker"]


def test_a_worker_ends_when_its_parent_is_killed(serve: Serve) -> None:
    served = serve("--workers", "1").ready()
    eventually(lambda: "worker started" in served.log.read_text(), served.log)
    family = served.family()

    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()

    worker = [pid for pid in family if command_of(pid) == b"worker"]
    eventually(lambda: not any(map(alive, worker)), served.log)
    for pid in filter(alive, family):
        os.kill(pid, signal.SIGKILL)


def test_the_access_log_masks_mailed_links(serve: Serve) -> None:
    served = serve("--workers", "1", "--no-worker", "--access-log").ready()

    served.get("/k/aSecretTokenOfTheMail")

    eventually(lambda: "/k/***" in served.log.read_text(), served.log)
    assert "aSecretTokenOfTheMail" not in served.log.read_text()


def test_it_speaks_tls(serve: Serve, tmp_path: Path) -> None:
    trusted, _ = certificate(tmp_path)
    served = serve(
        "--workers", "1", "--no-worker",
        "--tls-cert", str(trusted), "--tls-key", str(tmp_path / "mail.key"),
    )  # fmt: skip

    served.ready(scheme="https", verify=str(trusted))

    assert served.get("/login", scheme="https", verify=str(trusted)).status_code == 200


def test_what_is_loaded_is_left_out_of_later_collections(
    mailing: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = []

    def forked(_server: MPServer, target_loader: Callable[[], Flask], **_: object) -> None:
        frozen.append(gc.get_freeze_count())
        gc.unfreeze()
        dispose(target_loader())
        frozen.append(gc.get_freeze_count())

    monkeypatch.setattr(MPServer, "serve", forked)
    try:
        assert mailing("serve", "--no-worker").exit_code == 0
    finally:
        gc.unfreeze()

    assert min(frozen) > 100_000


def test_a_port_that_is_taken_is_a_failure(serve: Serve, postbox: Postbox) -> None:
    served = serve("--workers", "1", "--no-worker", "--port", str(postbox.port))

    assert served.process.wait(15) != 0
