"""Where a demo lives: its settings, ports and folder, from what the environment says."""

import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from idp.errors import Misconfigured
from idp.settings import Settings, load
from idp.settings.models import LOOPBACK

ADDRESS = "127.0.0.1"
PORT = 8000
# The provider, then the three applications.
PORTS = 4


@dataclass(frozen=True)
class Choice:
    """What whoever starts a demo may choose; None where nothing was said."""

    profile: str = "b"
    port: int | None = None
    issuer: str | None = None
    database: str | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Place:
    """A demo's settings and first port; everything it writes itself is below `folder`."""

    settings: Settings
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Where people open it."""
        return self.settings.issuer


def settle(choice: Choice) -> Place:
    """Return the place of a choice; raises Misconfigured for what is no demo's."""
    port = choice.port or _port_of(choice.issuer) or PORT
    overrides: dict[str, object] = {"issuer": choice.issuer or f"http://{ADDRESS}:{port}"}
    if choice.database:
        overrides["database"] = {"url": with_driver(choice.database)}
    settings = load(choice.profile, overrides)
    host = urlsplit(settings.issuer).hostname or ""
    if host not in LOOPBACK and not host.endswith(".test"):
        raise Misconfigured(
            [f"issuer: {settings.issuer}: a demo is for loopback, localhost and *.test alone"]
        )
    return Place(settings, port, Path("instance/demo"))


def with_driver(url: str) -> str:
    """Name our driver in the usual short spellings of a PostgreSQL address."""
    scheme, colon, rest = url.partition(":")
    ours = "postgresql+psycopg" if scheme in ("postgres", "postgresql") else scheme
    return f"{ours}{colon}{rest}"


def require_free(port: int) -> None:
    """Refuse ports that somebody listens on, before anything is started or touched."""
    taken = [each for each in range(port, port + PORTS) if not _free(each)]
    if taken:
        told = f"{', '.join(map(str, taken))} of {port} to {port + PORTS - 1}"
        raise Misconfigured([f"port {told}: taken by another program; choose others with PORT=…"])


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # What has just ended lingers; a listener is refused all the same.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def _port_of(issuer: str | None) -> int | None:
    parts = urlsplit(issuer or "")
    return parts.port if parts.hostname in LOOPBACK else None
