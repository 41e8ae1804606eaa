"""A throw-away PostgreSQL cluster on a free port: one a run, one database a test."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200"


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    return found[-1] if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Cluster:
    """A running server; ended by the run that started it."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}"

    @classmethod
    def start(cls) -> "Cluster | None":
        if programs() is None:
            return None
        folder = Path(tempfile.mkdtemp(prefix="idp-postgresql-"))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        cluster = cls(folder, free_port())
        cluster._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-p {cluster.port} -c listen_addresses=127.0.0.1 -k {folder} {FAST}"
        cluster._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")
        return cluster

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*user, f"{programs()}/{program}", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    @contextmanager
    def database(server: str) -> Iterator[str]:
        """Make an empty database and drop it afterwards."""
        name = f"t_{uuid4().hex}"
        address = server.replace("+psycopg", "")
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            try:
                yield f"{server}/{name}"
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
