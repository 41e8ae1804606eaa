"""The configuration file as a whole, and the tables that operators set."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from limits import parse
from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from idp.settings.environment import Environment
from idp.settings.parts import (
    Activation,
    Business,
    Chamber,
    Duration,
    Link,
    Login,
    Part,
    Password,
    Pin,
    Registration,
    Reset,
    Retention,
    Support,
)

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def issuer_url(value: str) -> str:
    """Accept https, or http on loopback; no path end, query or fragment (OIDC Discovery §3).

    Spelled as browsers write it into Host, for that is compared: small letters, no usual port.
    """
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        msg = "must be an https address"
        raise ValueError(msg)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        msg = "must be https; http is for loopback only"
        raise ValueError(msg)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    plain = re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", parts.hostname)
    if not plain or value != f"{parts.scheme}://{host}{port}":
        msg = "must be scheme and host (and port) alone, small letters, no slash at the end"
        raise ValueError(msg)
    return value


def database_url(value: str) -> str:
    """Accept what SQLAlchemy can read, for the two engines that we know."""
    try:
        engine = make_url(value).get_backend_name()
    except ArgumentError as error:
        msg = "is no SQLAlchemy address"
        raise ValueError(msg) from error
    if engine not in ("sqlite", "postgresql"):
        msg = f"must be sqlite or postgresql, not {engine}"
        raise ValueError(msg)
    return value


def rate(value: str) -> str:
    """Accept `600/minute` and the like."""
    parse(value)
    return value


class Database(Part):
    """Where everything is stored."""

    url: Annotated[str, AfterValidator(database_url)] = "sqlite:///instance/idp.sqlite"
    """SQLAlchemy address: `sqlite:///path` or `postgresql+psycopg://user@host/name`."""
    pool: Annotated[int, Field(ge=1, le=200)] = 8
    """Connections that a process keeps open on PostgreSQL."""


class Keys(Part):
    """Key files outside the database."""

    dir: Path = Path("instance/keys")
    """Folder of the key files; made at first start, mode 0600."""


class MailServer(Part):
    """Outgoing mail."""

    carrier: str = "smtp"
    """Mail carrier: `smtp`, `console` (prints mails, for development) or a plugin's."""
    host: str = "127.0.0.1"
    """SMTP server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """SMTP port."""
    tls: Literal["starttls", "implicit", "off"] = "off"
    """`implicit`: from the start (port 465); `off` is for a relay on this machine."""
    username: str = ""
    """SMTP user, empty for none."""
    password_file: Path | None = None
    """File that holds the SMTP password."""
    sender: str = "konto@hwk-muster.test"
    """Address in From."""
    sender_name: str = "Handwerkskammer Musterstadt"
    """Name in From."""


class Limits(Part):
    """How often a stranger may ask."""

    per_ip: Literal["on", "off"] = "on"
    """`off` is for measurements only."""
    storage: Annotated[str, Field(pattern="^(memory|rediss?|valkeys?)://")] = "memory://"
    """Where per-address counters live: `memory://` or `redis://host:port`."""
    requests: Annotated[str, AfterValidator(rate)] = "600/minute"
    """Forms, new sign-ins for applications and failed client authentications of one address."""
    mails: Annotated[int, Field(ge=1)] = 5
    """Mails of one kind to one person in an hour that one network address may cause."""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Reverse proxies whose X-Forwarded-For is believed."""


class OutboundCalls(Part):
    """Calls that leave the house over HTTP."""

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks that may be called nevertheless."""
    ca_file: Path | None = None
    """Certificate authorities to trust instead of the system's."""


class Tokens(Part):
    """Lives of what the protocol issues."""

    access: Duration = timedelta(minutes=10)
    """Access token."""
    refresh_idle: Duration = timedelta(days=30)
    """Refresh token that is not used."""
    refresh_absolute: Duration = timedelta(days=180)
    """All refresh tokens of one grant."""


class OAuth(Part):
    """What the protocol asks of applications, and what it lets pass for a conformance suite."""

    nonce_without_pkce: Literal["required", "optional"] = "required"
    """Must a client without PKCE send a nonce; `optional` is for conformance suites only."""
    conformance: bool = False
    """True: this installation is for a conformance suite and has nobody's data in it."""


class Settings(BaseSettings):
    """Everything that may be configured."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="IDP_",
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    issuer: Annotated[str, AfterValidator(issuer_url)] = "http://127.0.0.1:8000"
    """Address of this provider, the `iss` of every token."""
    plugins: tuple[str, ...] = ()
    """Installed plugins that are active."""
    chamber: Chamber = Chamber()
    support: Support = Support()
    database: Database = Database()
    keys: Keys = Keys()
    mail: MailServer = MailServer()
    limits: Limits = Limits()
    outbound: OutboundCalls = OutboundCalls()
    tokens: Tokens = Tokens()
    oauth: OAuth = OAuth()
    registration: Registration = Registration()
    activation: Activation = Activation()
    login: Login = Login()
    password: Password = Password()
    reset: Reset = Reset()
    pin: Pin = Pin()
    link: Link = Link()
    business: Business = Business()
    retention: Retention = Retention()

    @property
    def https(self) -> bool:
        """Whether cookies are Secure and carry the `__Host-` prefix."""
        return self.issuer.startswith("https:")

    @property
    def host(self) -> str:
        """The only Host header that is answered."""
        return urlsplit(self.issuer).netloc

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment over the file, and nothing else."""
        return Environment(settings_cls), init_settings
