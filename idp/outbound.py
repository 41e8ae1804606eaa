"""The one client for every call that leaves the house over HTTP.

https alone; the name is resolved once and that very address is connected to, with the name checked
by TLS (no rebinding between check and use); private and mapped ranges are refused unless the
settings allow them; no redirects, no environment proxies, 5 seconds in all, 64 kB.
"""

import http.client
import io
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

from idp.clock import Clock
from idp.settings.models import OutboundCalls

SECONDS = 5.0
MOST = 65_536
# Translated, mapped and site-local addresses lead to private ones, and Python calls them global.
EMBEDDING = tuple(
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10", "::/96", "::ffff:0:0:0/96")
)


class CallRefused(Exception):
    """A call that is not made, or an answer that is not read."""


@dataclass(frozen=True)
class Reply:
    """What came back, whatever the status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Outbound:
    """Makes calls as the settings allow."""

    clock: Clock
    settings: OutboundCalls
    # Plain http to this very machine: the applications of a demo listen there. No setting.
    demo: bool = False

    def get(self, url: str) -> Reply:
        """Return the answer to a GET.

        Raises CallRefused for addresses that are not allowed, answers that are too long or too
        slow, and everything that goes wrong on the line.
        """
        return self._call("GET", url, None, {})

    def post(self, url: str, body: bytes, content_type: str) -> Reply:
        """Return the answer to a POST; raises CallRefused as `get`."""
        return self._call("POST", url, body, {"Content-Type": content_type})

    def _call(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        parts = self._checked(url)
        plain = parts.scheme == "http"
        host, port = str(parts.hostname), parts.port or (80 if plain else 443)
        left = self._until(self.clock.timestamp() + SECONDS, host)
        addresses = self._resolve(host, port, plain=plain)
        connection = _Pinned(host, port, left, None if plain else self._context())
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.open(addresses)
            connection.request(method, target, body, headers)
            with connection.getresponse() as answer:
                read = self._read(answer)
        except (OSError, http.client.HTTPException) as error:
            raise CallRefused(f"{host}: {type(error).__name__}") from error
        finally:
            connection.close()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)

    def _until(self, ends: float, host: str) -> Callable[[], float]:
        """Return what tells the seconds that are left; it raises when there are none."""

        def left() -> float:
            seconds = ends - self.clock.timestamp()
            if seconds <= 0:
                raise CallRefused(f"{host}: takes too long")
            return seconds

        return left

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            secure = parts.scheme == "https" or (self.demo and parts.scheme == "http")
            whole = secure and parts.hostname and parts.username is None
            sound = whole and url.isascii() and url.isprintable() and " " not in url
            port = parts.port
        except ValueError as error:
            raise CallRefused("no address") from error
        if not sound or port == 0:
            raise CallRefused("https addresses only")
        return parts

    def _resolve(self, host: str, port: int, *, plain: bool) -> list[str]:
        """Return the addresses of a name, looked up once; every one of them must be allowed."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise CallRefused(f"{host}: not found") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = _is_this_machine if plain else self._allowed
        if not addresses or not all(allowed(address) for address in addresses):
            raise CallRefused(f"{host}: address not allowed")
        return addresses

    def _allowed(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
        if mapped is not None:
            parsed = mapped
        listed = any(parsed in network for network in self.settings.allowed)
        embedding = any(parsed in network for network in EMBEDDING)
        return listed or (parsed.is_global and not parsed.is_multicast and not embedding)

    def _context(self) -> ssl.SSLContext:
        file = self.settings.ca_file
        return ssl.create_default_context(cafile=str(file) if file else None)

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        read = b""
        while chunk := answer.read1(8192):
            read += chunk
            if len(read) > MOST:
                raise CallRefused("the answer is too long")
        return read


def _is_this_machine(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


class _Pinned(http.client.HTTPConnection):
    """Connects to addresses that were checked, verifies the name, and ends in time."""

    def __init__(
        self, host: str, port: int, left: Callable[[], float], tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port)
        # What a Host header leaves out.
        self.default_port = 443 if tls else 80
        self.response_class = partial(_Answer, left)  # type: ignore[assignment]
        self._left, self._tls = left, tls

    def open(self, addresses: list[str]) -> None:
        """Open the socket to the first checked address that answers."""
        for behind, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                # A share of the time, so that one dead address does not use up all of it.
                line = socket.create_connection((address, self.port), self._left() / behind)
            except OSError as error:
                unreachable = error
                continue
            line.settimeout(self._left())
            self.sock = (
                self._tls.wrap_socket(line, server_hostname=self.host) if self._tls else line
            )
            return
        raise unreachable


class _Answer(http.client.HTTPResponse):
    """An answer that is read until the time is over, however slowly it drips."""

    def __init__(self, left: Callable[[], float], sock: socket.socket, **more: Any) -> None:
        super().__init__(sock, **more)
        self.fp = io.BufferedReader(_Dripping(self.fp.detach(), sock, left))


class _Dripping(io.RawIOBase):
    """The reading end of a socket, which would wait anew for each byte."""

    def __init__(self, end: io.RawIOBase, sock: socket.socket, left: Callable[[], float]) -> None:
        self._end, self._sock, self._left = end, sock, left

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what comes in the time that is left."""
        self._sock.settimeout(self._left())
        return self._end.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._end.close()
        super().close()
