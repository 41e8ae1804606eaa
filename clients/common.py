"""What the three applications share that is no web page: settings, SQLite, the server."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Config:
    """What an application must be told: the issuer, its own registration, where it lives."""

    issuer: str
    client_id: str
    client_secret: str
    port: int
    data_dir: Path
    secret_key: str

    @classmethod
    def from_environment(cls, port: int) -> "Config":
        """Read the settings and name everything that is missing at once."""
        wanted = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "DATA_DIR")
        missing = [name for name in wanted if not os.environ.get(name)]
        if missing:
            raise SystemExit(f"Please set {', '.join(missing)}.")
        issuer, client_id, client_secret, folder = (os.environ[name] for name in wanted)
        port, data_dir = int(os.environ.get("PORT") or port), Path(folder)
        secret_key = os.environ.get("SECRET_KEY") or kept_secret(data_dir, port)
        return cls(issuer, client_id, client_secret, port, data_dir, secret_key)

    @property
    def url(self) -> str:
        """The one address of this application: host names of requests are not believed."""
        return f"http://127.0.0.1:{self.port}"

    def at_provider(self, path: str) -> str:
        """A page of the provider that leads back here, to a fresh sign-in without a password."""
        back = urlencode({"client_id": self.client_id, "return_to": f"{self.url}/login"})
        return f"{self.issuer.rstrip('/')}{path}?{back}"


def kept_secret(folder: Path, port: int) -> str:
    """The key that signs the cookies, made at the first start and readable by its owner only.

    Its name has the port, since applications may share the folder and start at the same moment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cookies-{port}.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()


@dataclass(frozen=True)
class Database:
    """One SQLite file; every statement is a transaction of its own."""

    path: Path

    def create(self, schema: str) -> None:
        """Make the tables that are not there yet."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path)) as link:
            link.executescript(f"PRAGMA journal_mode = WAL; {schema}")

    def run(self, statement: str, *values: str | int) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with closing(sqlite3.connect(self.path, timeout=5)) as link, link:
            link.row_factory = sqlite3.Row
            return link.execute(statement, values).fetchall()

    def fill(self, statement: str, rows: Iterable[tuple[str | int, ...]]) -> None:
        """Run one statement for every row, all or none."""
        with closing(sqlite3.connect(self.path, timeout=5)) as link, link:
            link.executemany(statement, rows)


def today() -> date:
    """The date on this machine's wall."""
    return datetime.now().astimezone().date()


class QuietHandler(WSGIRequestHandler):
    """No line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def released(app: Wsgi) -> Wsgi:
    """The same application; what an answer holds open is closed even if its reader hangs up.

    Werkzeug's server forgets the answer when the connection breaks while it looks for a rest of
    the request: a style sheet on its way would stay an open file.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        with ExitStack() as stack:
            parts = app(environ, start_response)
            if hasattr(parts, "close"):
                stack.callback(parts.close)
            yield from parts

    return answer


def server(app: Wsgi, port: int, fd: int | None = None) -> BaseWSGIServer:
    """The application on this machine, a thread a request; `fd`: a socket that listens."""
    return make_server(
        "127.0.0.1", port, released(app), threaded=True, fd=fd, request_handler=QuietHandler
    )


def serve(create_app: Callable[[Config], Flask], port: int) -> None:
    """Run the application on this machine until it is stopped."""
    config = Config.from_environment(port)
    server(create_app(config), config.port).serve_forever()
