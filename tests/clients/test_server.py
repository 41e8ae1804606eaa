"""The server of the applications: a reader who hangs up leaves nothing open."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.stories.server import serving

AT_ONCE = struct.pack("ii", 1, 0)


class Held:
    """An answer that holds something open, and says so when its last part was sent."""

    def __init__(self) -> None:
        self.read, self.gone, self.closed = (threading.Event() for _ in range(3))

    def __call__(self, _environ: dict[str, Any], start_response: Callable[..., Any]) -> "Held":
        start_response("200 OK", [("Content-Length", "1")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        self.read.set()
        self.gone.wait(10)

    def close(self) -> None:
        self.closed.set()


@contextmanager
def asked(app: Held) -> Iterator[socket.socket]:
    """A connection that has asked for something."""
    free = socket.create_server(("127.0.0.1", 0))
    address = free.getsockname()
    with serving(free, app), socket.create_connection(address) as link:
        link.sendall(b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
        yield link


def test_what_an_answer_holds_is_closed_when_its_reader_hangs_up() -> None:
    held = Held()
    with asked(held) as link:
        assert held.read.wait(10)
        # A connection that is broken off, not ended: the server's next look at it fails.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        link.close()
        held.gone.set()
        assert held.closed.wait(10)


def test_what_an_answer_holds_is_closed_when_it_was_read() -> None:
    held = Held()
    held.gone.set()
    with asked(held) as link:
        while link.recv(1_000):
            pass
        assert held.closed.wait(10)
