"""The one client for every call that leaves the house over HTTP.

https alone; the name is resolved once and that very address is connected to, with the name checked
by TLS (no rebinding between check and use); private and mapped ranges are refused unless the
settings allow them; no redirects, no environment proxies, 5 seconds, 64 kB.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from idp.clock import Clock
from idp.settings.models import OutboundCalls

SECONDS = 5.0
MOST = 65_536


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
        host, port = str(parts.hostname), parts.port or 443
        ends = self.clock.timestamp() + SECONDS
        connection = _Pinned(host, port, self._resolve(host, port), self._context())
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            read = self._read(answer, ends)
        except (OSError, http.client.HTTPException) as error:
            raise CallRefused(f"{host}: {type(error).__name__}") from error
        finally:
            connection.close()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            whole = parts.scheme == "https" and parts.hostname and parts.username is None
            sound = whole and url.isascii() and url.isprintable() and " " not in url
            port = parts.port
        except ValueError as error:
            raise CallRefused("no address") from error
        if not sound or port == 0:
            raise CallRefused("https addresses only")
        return parts

    def _resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name, looked up once; every one of them must be allowed."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise CallRefused(f"{host}: not found") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise CallRefused(f"{host}: address not allowed")
        return addresses

    def _allowed(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
        if mapped is not None:
            parsed = mapped
        listed = any(parsed in network for network in self.settings.allowed)
        return listed or (parsed.is_global and not parsed.is_multicast)

    def _context(self) -> ssl.SSLContext:
        file = self.settings.ca_file
        return ssl.create_default_context(cafile=str(file) if file else None)

    def _read(self, answer: http.client.HTTPResponse, ends: float) -> bytes:
        read = b""
        while chunk := answer.read1(8192):
            read += chunk
            if len(read) > MOST:
                raise CallRefused("the answer is too long")
            if self.clock.timestamp() > ends:
                raise CallRefused("the answer takes too long")
        return read


class _Pinned(http.client.HTTPSConnection):
    """Connects to addresses that were checked, and verifies the name."""

    def __init__(self, host: str, port: int, addresses: list[str], context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self._addresses, self._tls = addresses, context

    def connect(self) -> None:
        """Open the socket to the first checked address that answers."""
        for address in self._addresses:
            try:
                plain = socket.create_connection((address, self.port), SECONDS)
            except OSError as error:
                unreachable = error
                continue
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
            return
        raise unreachable
