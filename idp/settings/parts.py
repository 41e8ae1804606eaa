"""The tables of the configuration file that the members' side reads: texts, forms, rules."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def duration(value: object) -> object:
    """Turn `"15 minutes"` into a timedelta; other values are left to pydantic."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"\s*([1-9][0-9]{0,5})\s*(second|minute|hour|day)s?\s*", str(value))
    if not match:
        msg = 'write a duration as "15 minutes", "24 hours" or "30 days"'
        raise ValueError(msg)
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def pattern(value: str) -> str:
    """Accept a regular expression that compiles."""
    try:
        re.compile(value)
    except re.error as error:
        msg = f"is no regular expression: {error}"
        raise ValueError(msg) from error
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
Pattern = Annotated[str, AfterValidator(pattern)]


class Part(BaseModel):
    """A table of the file: frozen, unknown keys refused, docstrings are the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Chamber(Part):
    """Who runs this, as people read it."""

    id: str = "hwk-muster"
    """Short ASCII name, the `chamber` member of the business claim."""
    name: str = "Handwerkskammer Musterstadt"
    """Full name, on every page, mail and letter."""
    service: str = "Kammer-Konto"
    """What the account is called."""
    address: tuple[str, ...] = ("Musterallee 1", "12345 Musterstadt")
    """Address lines of the chamber, on letters and in the imprint."""
    color: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")] = "#1d4f91"
    """Accent colour of the pages."""


class Support(Part):
    """Where people find help."""

    email: str = "service@hwk-muster.test"
    """Address for questions."""
    phone: str = ""
    """Telephone number, empty if there is none."""
    hours: str = ""
    """When the telephone is answered."""


class Registration(Part):
    """Who may create an account, and what is asked."""

    enabled: bool = True
    """False: accounts come from elsewhere, the form is closed."""
    fields: tuple[str, ...] = ("given_name", "family_name")
    """Profile fields asked beside the e-mail address, in order."""
    terms_version: str = "2026-01"
    """Version of the terms and of the privacy notice that is recorded at acceptance."""
    terms_renewal: bool = False
    """True: who accepted another version is asked anew when an application signs in."""


class ActivationMode(StrEnum):
    """How a new account comes to its password."""

    LINK_THEN_SET_PASSWORD = "link_then_set_password"  # noqa: S105 - the name of a mode


class Activation(Part):
    """From the registration to the first password."""

    mode: ActivationMode = ActivationMode.LINK_THEN_SET_PASSWORD
    """How a new account comes to its password."""
    link_ttl: Duration = timedelta(hours=24)
    """Life of the mailed link."""


class Login(Part):
    """Signing in."""

    idle: Duration = timedelta(minutes=30)
    """A session without a request for so long is over."""
    absolute: Duration = timedelta(hours=12)
    """A session is over after this in any case."""


class Rule(BaseModel):
    """One `[[password.rules]]`: the name of the rule and its own options."""

    model_config = ConfigDict(frozen=True, extra="allow")

    use: str
    """Name of a registered password rule."""

    def options(self) -> dict[str, object]:
        """Return everything but the name, for the rule's factory."""
        return dict(self.model_extra or {})


class Preset(StrEnum):
    """Named rule lists, see `policy/presets.py`."""

    NIST = "nist"
    KAMMER = "kammer"
    CLASSIC = "classic"


class Password(Part):
    """What a password must be, and how it is hashed."""

    preset: Preset = Preset.KAMMER
    """`nist`, `kammer` or `classic`: the rule list used when `rules` is empty."""
    rules: tuple[Rule, ...] = ()
    """Own rule list instead of the preset."""
    leak_service: Annotated[str, Field(pattern="^(https://.+)?$")] = ""
    """Address of a look-up for leaked passwords, before five signs of a SHA-1; empty: none."""
    renewal: Literal["at_login", "by_mail"] = "at_login"
    """How a password that is due is renewed: right after the sign-in with the old one, or through
    a mailed link. One that others may know always goes by mail."""
    history: Annotated[int, Field(ge=0, le=24)] = 0
    """How many of the last passwords, the present one among them, cannot be chosen again."""
    argon2_memory_kib: Annotated[int, Field(ge=8, le=1_048_576)] = 19456
    """Memory of one argon2id hash."""
    argon2_time: Annotated[int, Field(ge=1, le=10)] = 2
    """Passes of one argon2id hash."""
    argon2_lanes: Annotated[int, Field(ge=1, le=16)] = 1
    """Lanes of one argon2id hash."""
    hash_slots: Annotated[int, Field(ge=1, le=256)] = 1
    """Hashes computed at once in a process; `idp serve` runs one process a core."""
    hash_queue: Annotated[int, Field(ge=0, le=10_000)] = 13
    """Hashes that may wait in a process before 503 is answered. Together with `hash_slots` fewer
    than `idp serve --threads`: a thread must be left to answer that, and what is quick."""


class Reset(Part):
    """The forgotten password."""

    link_ttl: Duration = timedelta(minutes=60)
    """Life of the mailed link."""


class Pin(Part):
    """PINs sent by post."""

    enabled: bool = True
    """False: no PIN can be ordered or entered."""
    request_without_login: bool = False
    """May a PIN be ordered by number and postcode alone."""
    ttl: Duration = timedelta(days=30)
    """Life of an ordered PIN, from the order."""
    tries: Annotated[int, Field(ge=1, le=10)] = 10
    """Wrong tries in the life of a PIN before it is locked."""
    registry: str = "imported"
    """Business registry that tells where a letter goes: `imported` or a plugin's."""
    carrier: str = "folder"
    """Letter carrier: `folder` or a plugin's."""
    folder: str = "instance/letters"
    """Where the carrier `folder` puts its PDF files."""


class AfterLink(StrEnum):
    """What happens to the member after linking."""

    STAY = "stay"


class Link(Part):
    """Linking an account with a business."""

    after: AfterLink = AfterLink.STAY
    """What happens to the member after linking."""
    max_persons: Annotated[int, Field(ge=1)] = 50
    """How many people may be linked to one business."""


class Business(Part):
    """Numbers of businesses."""

    number_regex: Pattern = "[0-9]{4,10}"
    """Whole normalised business number."""
    branch_regex: Pattern = "[0-9]{1,4}"
    """Whole normalised branch number."""
    label: str = "Betriebsnummer"
    """What the number is called on this chamber's letters."""


class Retention(Part):
    """How long things are kept."""

    unconfirmed: Duration = timedelta(days=7)
    """Registrations that were never confirmed."""
    ended: Duration = timedelta(days=30)
    """Ended sessions, grants, links, PINs and delivered outbox rows (their bodies go at once)."""
