"""A relying party's end of the back channel in tests: an https server on this machine."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.test_outbound import QuietServer, certificate

# Settings under which the provider may call it.
NETWORKS = ["127.0.0.0/8", "::1/128"]


@dataclass
class Told:
    """What arrived, and what is answered; while `silent` there is no answer at all."""

    port: int = 0
    status: int = 200
    silent: bool = False
    bodies: list[bytes] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    versions: list[str | None] = field(default_factory=list)
    called: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)
    calls: int = 0
    secure: bool = True

    @property
    def url(self) -> str:
        scheme = "https" if self.secure else "http"
        return f"{scheme}://localhost:{self.port}/logout?of=portal"

    @property
    def forms(self) -> list[dict[str, list[str]]]:
        return [parse_qs(body.decode(), strict_parsing=True) for body in self.bodies]

    @property
    def tokens(self) -> list[str]:
        return [form["logout_token"][0] for form in self.forms]


def handler(told: Told) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.calls += 1
            told.called.set()
            if told.silent:
                told.released.wait(20)
                self.close_connection = True
                return
            told.heads.append(dict(self.headers) | {"path": self.path})
            secure = isinstance(self.connection, ssl.SSLSocket)
            told.versions.append(self.connection.version() if secure else None)
            told.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(told.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            told.arrived.set()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def listening(folder: Path | None, **facts: Any) -> Iterator[Told]:
    """Listen until the block ends: by TLS 1.3 alone with the certificate of `calling`, or plain."""
    told = Told(**facts, secure=folder is not None)
    server = QuietServer(("127.0.0.1", 0), handler(told))
    if folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def calling(folder: Path) -> dict[str, object]:
    """Make a certificate; returns the settings under which the provider calls this machine."""
    cert, _ = certificate(folder)
    return {"outbound": {"allowed": NETWORKS, "ca_file": str(cert)}}
