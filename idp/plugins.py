"""Everything replaceable, on one page: the slots, and the value types that cross them.

The one module that a plugin imports. A plugin is an entry point in the group `idp.plugins`,
a function `plug(plugins)` that adds things under names; it is active only if the setting
`plugins` names it. What we ship is added the same way, in `builtin.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from idp.errors import Misconfigured

T = TypeVar("T")


class Slot(Generic[T]):
    """Things of one kind, each under its own name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> None:
        """Register `thing`; raises Misconfigured when the name is taken."""
        if name in self._things:
            raise Misconfigured([f"plugins: {self.kind} {name!r} is registered twice"])
        self._things[name] = thing

    def get(self, name: str, place: str = "plugins") -> T:
        """Return what is called `name` at `place`; raises Misconfigured, which tells all."""
        if name not in self._things:
            known = ", ".join(sorted(self._things)) or "none"
            raise Misconfigured([f"{place}: no {self.kind} {name!r}; there are: {known}"])
        return self._things[name]

    def items(self) -> list[tuple[str, T]]:
        """Return all names and things in the order of registration."""
        return list(self._things.items())


# --- passwords: `[[password.rules]] use = "<name>"`, in order


@dataclass(frozen=True)
class Subject:
    """Whose password is judged: words and dates about the person that it must not contain."""

    words: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One broken rule: `code` for the text `problem.<code>`, `facts` for its placeholders."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


class PasswordRule(Protocol):
    """A pure function of password and subject that names what is wrong."""

    def __call__(self, password: str, subject: Subject, /) -> Iterator[Problem]:
        """Yield a Problem for each thing wrong with `password` (NFC text)."""
        ...

    def advice(self) -> Problem | None:
        """Return the sentence shown before input (`rule.<code>`), or None."""
        ...


# From an SQLAlchemy session and an account's id, what else its owner's password must not contain;
# every source that is loaded is asked.
PersonalWords = Callable[[Any, str], Iterable[str]]


# --- businesses and letters: `pin.registry`, `pin.carrier`


@dataclass(frozen=True)
class BusinessFacts:
    """An entry of the chamber's register as the house knows it."""

    id: str
    number: str
    branch: str | None
    name: str
    address: tuple[str, ...]
    postcode: str
    active: bool


class BusinessRegistry(Protocol):
    """Finds businesses by their key."""

    def find(self, number: str, branch: str | None) -> BusinessFacts | None:
        """Return the business with this normalised key, or None."""
        ...


class RegistryStore(Protocol):
    """What a registry may use: the imported table of businesses."""

    def business(self, number: str, branch: str | None) -> BusinessFacts | None:
        """Return the imported business with this key, or None."""
        ...


@dataclass(frozen=True)
class PrintedLetter:
    """A finished letter on its way to paper."""

    id: str
    number: str
    branch: str | None
    address: tuple[str, ...]
    pdf: bytes


class LetterCarrier(Protocol):
    """Hands a letter to whoever prints it."""

    def send(self, letter: PrintedLetter) -> None:
        """Deliver; called again with the same id after a failure. Raises OSError to be retried."""
        ...


# --- mail: `mail.carrier`


@dataclass(frozen=True)
class Mail:
    """A composed mail; all header values are one line."""

    id: str
    to: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    locale: str


class MailCarrier(Protocol):
    """Delivers one mail."""

    def send(self, mail: Mail) -> None:
        """Deliver; raises OSError (or smtplib.SMTPException, its child) to be retried."""
        ...


# --- claims: every source that is loaded is asked


@dataclass(frozen=True)
class ClaimFacts:
    """All that a claim source may look at; loaded before, nothing is fetched."""

    sub: str
    client_id: str
    scopes: frozenset[str]
    account: Mapping[str, object]
    business: Mapping[str, object] | None
    businesses: tuple[Mapping[str, object], ...] = ()


ClaimSource = Callable[[ClaimFacts], Mapping[str, object]]


# --- registration: `registration.fields`, in order


@dataclass(frozen=True)
class ProfileField:
    """A question of the registration form.

    `name` is the form field and account column, `label` a translation key, `check` returns the
    code of what is wrong or None, `autocomplete` is the HTML token (WCAG 1.3.5).
    """

    name: str
    label: str
    autocomplete: str
    check: Callable[[str], str | None]
    claim: str | None = None


# --- moving house: hashes that other software made, in `idp account import`


class HashRefused(ValueError):
    """A hash that is not taken in; `code` tells why: hash_unknown, hash_invalid, hash_costly."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AccountImporter(Protocol):
    """Knows one way of storing passwords; each such hash is replaced at its first sign-in."""

    def read(self, value: str) -> str | None:
        """Return a hash as it is to be stored; None for one of another kind.

        What it returns reads as itself. Raises HashRefused for a hash of its kind that is broken
        or costs more than a sign-in may.
        """
        ...

    def verify(self, stored: str, password: str) -> bool:
        """Tell whether `password` fits; `stored` was read just before, so its cost is bounded."""
        ...


RuleFactory = Callable[..., PasswordRule]
RegistryFactory = Callable[[RegistryStore], BusinessRegistry]
LetterCarrierFactory = Callable[[Mapping[str, object]], LetterCarrier]
MailCarrierFactory = Callable[[Mapping[str, object]], MailCarrier]


class Plugins:
    """All slots."""

    def __init__(self) -> None:
        self.password_rules: Slot[RuleFactory] = Slot("password rule")
        self.personal_words: Slot[PersonalWords] = Slot("source of personal words")
        self.business_registries: Slot[RegistryFactory] = Slot("business registry")
        self.letter_carriers: Slot[LetterCarrierFactory] = Slot("letter carrier")
        self.mail_carriers: Slot[MailCarrierFactory] = Slot("mail carrier")
        self.claim_sources: Slot[ClaimSource] = Slot("claim source")
        self.profile_fields: Slot[ProfileField] = Slot("profile field")
        self.account_importers: Slot[AccountImporter] = Slot("account importer")
