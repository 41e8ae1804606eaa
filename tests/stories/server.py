"""Web servers that a test starts on free ports of this machine, and ends."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from clients.common import Wsgi, server
from tests.relying_party import Answer


@dataclass
class Callback:
    """An application that does nothing but keep what the provider sends to it."""

    url: str
    answers: list[Answer] = field(default_factory=list)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/callback":
            self.answers.append(_answer(environ))
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [
            b"<!doctype html><html lang=de><title>Da</title><link rel=icon href=data:,><main>Da"
        ]


def _answer(environ: dict[str, Any]) -> Answer:
    if environ["REQUEST_METHOD"] != "POST":
        return Answer(dict(parse_qsl(environ["QUERY_STRING"])))
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    return Answer(dict(parse_qsl(body)), "form_post")


@contextmanager
def serving(free: socket.socket, app: Wsgi) -> Iterator[None]:
    """Answer on a socket that listens already, a thread a request, until the block ends."""
    with free:
        running = server(app, free.getsockname()[1], free.fileno())
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


@contextmanager
def listening(make: Callable[[str], Callback]) -> Iterator[Callback]:
    free = socket.create_server(("127.0.0.1", 0))
    app = make(address_of(free))
    with serving(free, app):
        yield app


def address_of(free: socket.socket) -> str:
    return f"http://127.0.0.1:{free.getsockname()[1]}"
