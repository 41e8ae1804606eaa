"""Something that answers https under the issuer's address."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.test_outbound import QuietServer, certificate


@dataclass
class Issuer:
    """What it answers may be changed."""

    port: int = 0
    status: int = 200
    body: bytes = b""
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@contextmanager
def listening(folder: Path) -> Iterator[tuple[Issuer, Path]]:
    """Answer its own discovery document; gives the issuer and the certificate to trust."""
    issuer = Issuer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            self.send_response(issuer.status)
            self.send_header("Content-Length", str(len(issuer.body)))
            self.end_headers()
            self.wfile.write(issuer.body)

        def log_message(self, *_: object) -> None:
            pass

    cert, key = certificate(folder)
    server = QuietServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer.port = server.server_port
    issuer.body = json.dumps({"issuer": issuer.url}).encode()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield issuer, cert
    server.shutdown()
    server.server_close()
    thread.join()
