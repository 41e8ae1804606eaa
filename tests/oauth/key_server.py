"""A client's own server, which says where its keys are, and what we make of them."""

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.clock import Clock
from idp.oauth.client_keys import ClientKeys, Unverified
from idp.oauth.registry import Registered
from idp.outbound import Outbound
from idp.settings.models import OutboundCalls
from tests.client_keys import ClientKey
from tests.test_outbound import LOOPBACK, QuietServer, certificate

CLAIMS = {"hello": "world"}


@dataclass
class KeyServer:
    """A client's own server, which says where its keys are."""

    ca_file: Path
    port: int = 0
    document: Any = None
    status: int = 200
    hits: int = 0
    meanwhile: Callable[[], object] = field(default=lambda: None)

    @property
    def uri(self) -> str:
        return f"https://localhost:{self.port}/jwks"

    @property
    def body(self) -> bytes:
        plain = isinstance(self.document, bytes)
        return self.document if plain else json.dumps(self.document).encode()

    def publish(self, kid: str | None = "one") -> ClientKey:
        """Draw a key and let it be the only one."""
        key = ClientKey.make(kid=kid)
        self.document = key.jwks()
        return key

    def settings(self) -> OutboundCalls:
        return OutboundCalls(allowed=LOOPBACK, ca_file=self.ca_file)


def handler(served: KeyServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.hits += 1
            served.meanwhile()
            self.send_response(served.status)
            self.send_header("Location", "https://127.0.0.1/")
            self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(folder: Path) -> Iterator[KeyServer]:
    """Listen until the block ends."""
    cert, key = certificate(folder)
    served = KeyServer(cert)
    listening = QuietServer(("127.0.0.1", 0), handler(served))
    served.port = listening.server_port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def client(**more: Any) -> Registered:
    """Return a client that signs."""
    values: dict[str, Any] = {
        "id": "robot", "name": "Robot", "purpose": "", "secret_hash": None,
        "auth_method": "private_key_jwt", "redirect_uris": (), "post_logout_redirect_uris": (),
        "scopes": (), "grant_types": (), "id_token_alg": "ES256", "require_pkce": True,
        "first_party": True, **more,
    }  # fmt: skip
    return Registered(**values)


def keys_of(clock: Clock, server: KeyServer | None = None) -> ClientKeys:
    settings = server.settings() if server else OutboundCalls()
    return ClientKeys(clock, Outbound(clock, settings))


def accepts(keys: ClientKeys, of: Registered, key: ClientKey, **header: Any) -> bool:
    """Tell whether what a key signs is taken for the client's."""
    try:
        found = keys.verified(of, key.sign(CLAIMS, **header), None)
    except Unverified:
        return False
    assert found.claims == CLAIMS
    return True


@dataclass(frozen=True)
class Remote:
    """A client whose keys lie on its server, and who verifies what it signs."""

    server: KeyServer
    keys: ClientKeys
    client: Registered

    def accepts(self, key: ClientKey, **header: Any) -> bool:
        return accepts(self.keys, self.client, key, **header)
