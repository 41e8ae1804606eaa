"""Calls that leave the house: where they may go, and how much may come back (threat 30)."""

import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from idp.clock import Clock
from idp.outbound import CallRefused, Outbound
from idp.settings.models import OutboundCalls

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, private


class Answers(http.server.BaseHTTPRequestHandler):
    hits = 0

    def do_GET(self) -> None:
        type(self).hits += 1
        if self.path == "/dripping":
            self.drip()
            return
        status = 302 if self.path == "/moved" else 200
        body = b"x" * 70_000 if self.path == "/long" else b"hello " + self.path.encode()
        self.send_response(status)
        self.send_header("Location", "https://127.0.0.1/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        type(self).hits += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        """Begin a header that never ends, until the other side has enough."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        with suppress(OSError):
            while not threading.Event().wait(0.005):
                self.wfile.write(b"x")

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Listener:
    port: int
    ca_file: Path
    handler: type[Answers]

    def outbound(self, allowed: tuple[Network, ...] = LOOPBACK) -> Outbound:
        return Outbound(Clock(), OutboundCalls(allowed=allowed, ca_file=self.ca_file))


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    cert, key = certificate(tmp_path)
    handler = type("Handler", (Answers,), {"hits": 0})
    server = QuietServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Listener(server.server_port, cert, handler)
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_allowed_address_answers(listener: Listener) -> None:
    reply = listener.outbound().get(f"https://localhost:{listener.port}/a?b=c")

    assert reply.status == 200
    assert reply.body == b"hello /a?b=c"


def test_a_post_carries_its_body(listener: Listener) -> None:
    reply = listener.outbound().post(f"https://localhost:{listener.port}/", b"a=b", "text/plain")

    assert reply.body == b"a=b"


def test_private_addresses_are_refused_without_a_hit(listener: Listener) -> None:
    closed = listener.outbound(allowed=())

    for host in ("localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433"):
        with pytest.raises(CallRefused):
            closed.get(f"https://{host}:{listener.port}/")

    assert listener.handler.hits == 0


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]",
     "0.0.0.0", "100.64.0.1", "224.0.0.1", "[2002:7f00:1::]", "[64:ff9b::7f00:1]",
     "[64:ff9b:1::a00:1]", "[fec0::1]", "[::10.0.0.1]"],
)  # fmt: skip
def test_ranges_that_are_nobody_elses_business_are_refused(host: str) -> None:
    with pytest.raises(CallRefused, match="not allowed"):
        Outbound(Clock(), OutboundCalls()).get(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://example.org/", "https://", "https://user@example.org/",
     "https://exa mple.org/", "https://example.org:0/", "https://example.org:99999/",
     "file:///etc/passwd", "https://[::1", "https://exämple.org/", "https://example.org/\r\nX: y"],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(CallRefused):
        Outbound(Clock(), OutboundCalls()).get(url)


def test_a_name_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CallRefused, match="not found"):
        Outbound(Clock(), OutboundCalls()).get("https://nowhere.invalid/")


def test_redirects_are_not_followed(listener: Listener) -> None:
    reply = listener.outbound().get(f"https://localhost:{listener.port}/moved")

    assert reply.status == 302
    assert listener.handler.hits == 1


def test_a_long_answer_is_not_read(listener: Listener) -> None:
    with pytest.raises(CallRefused, match="too long"):
        listener.outbound().get(f"https://localhost:{listener.port}/long")


class Hurried(Clock):
    """So many seconds pass with each look."""

    def __init__(self, step: float) -> None:
        self.now_is, self.step = 0.0, step

    def timestamp(self) -> float:
        self.now_is += self.step
        return self.now_is


@pytest.mark.parametrize(("path", "step"), [("/dripping", 0.5), ("/", 10.0)])
def test_a_slow_answer_is_given_up_however_it_drips(
    listener: Listener, path: str, step: float
) -> None:
    outbound = Outbound(Hurried(step), listener.outbound().settings)

    with pytest.raises(CallRefused, match="localhost: takes too long"):
        outbound.get(f"https://localhost:{listener.port}{path}")


def test_a_certificate_of_another_name_is_refused(listener: Listener) -> None:
    with pytest.raises(CallRefused, match="SSLCertVerificationError"):
        listener.outbound().get(f"https://127.0.0.1:{listener.port}/")


def test_environment_proxies_do_not_count(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")

    assert listener.outbound().get(f"https://localhost:{listener.port}/").status == 200


def test_one_dead_address_leaves_time_for_the_next(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    connect = socket.create_connection

    def connecting(address: tuple[str, int], timeout: float) -> socket.socket:
        waits.append(timeout)
        if len(waits) < 3:
            raise TimeoutError
        return connect(("127.0.0.1", listener.port), timeout)

    there = [(f"127.0.0.{n}", listener.port) for n in (1, 2, 3)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in there]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connecting)

    assert listener.outbound().get(f"https://localhost:{listener.port}/").status == 200
    assert waits == pytest.approx([5 / 3, 5 / 2, 5], abs=0.4)


def test_all_addresses_dead_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def connecting(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connecting)

    with pytest.raises(CallRefused, match=r"1\.1\.1\.1: TimeoutError"):
        Outbound(Clock(), OutboundCalls()).get("https://1.1.1.1/")


@pytest.fixture
def plain() -> Iterator[int]:
    """A server without TLS on this machine."""
    server = QuietServer(("127.0.0.1", 0), type("Handler", (Answers,), {"hits": 0}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_demo_calls_the_applications_on_this_machine(plain: int, host: str) -> None:
    demo = Outbound(Clock(), OutboundCalls(), demo=True)

    assert demo.post(f"http://{host}:{plain}/told", b"a=b", "text/plain").body == b"a=b"


def test_nobody_but_a_demo_calls_without_tls(plain: int) -> None:
    for allowed in ((), LOOPBACK):
        with pytest.raises(CallRefused, match="https addresses only"):
            Outbound(Clock(), OutboundCalls(allowed=allowed)).get(f"http://127.0.0.1:{plain}/")


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "http://192.0.2.1/", "http://169.254.169.254/", "https://127.0.0.1/"],
)
def test_a_demo_calls_nothing_else_without_tls_or_on_private_addresses(url: str) -> None:
    with pytest.raises(CallRefused, match="not allowed"):
        Outbound(Clock(), OutboundCalls(), demo=True).get(url)
