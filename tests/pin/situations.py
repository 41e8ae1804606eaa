"""People, businesses and letters as tests of `pin/` and of its pages need them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import select

from idp.accounts import sessions
from idp.accounts.models import Account, State
from idp.accounts.sessions import SignedIn
from idp.clock import Chance
from idp.core import Core
from idp.hashing import Hasher
from idp.outbox import Kind, OutboxRow
from idp.pin import ask, businesses, code
from idp.pin.models import Business, Letter, Membership, Pin
from idp.settings import parts

REGISTER = """Betriebsnummer;Filialnummer;Firma;Straße;PLZ;Ort;Status
1234567;;Tischlerei Beispiel GmbH;Holzweg 1;12345;Musterstadt;
1234567;001;Tischlerei Beispiel, Filiale Süd;Südring 2;12346;Musterstadt;
0000042;;Bäckerei Muster;Am Markt 3;01067;Dresden;
7654321;;Fahrrad Ende GmbH;Radweg 4;12345;Musterstadt;geschlossen
"""
T = TypeVar("T")
NUMBER, CLOSED, UNKNOWN = "1234567", "7654321", "9999999"


def register(core: Core, text: str = REGISTER) -> businesses.Report:
    return businesses.load(core, text.encode(), dry_run=False)


def person(core: Core, given: str, family: str = "Muster", locale: str = "de") -> SignedIn:
    """Return somebody with an active account who is signed in."""
    now = core.clock.now()
    email = f"{given.lower()}@beispiel.test"
    account = Account(
        id=core.chance.token(16), state=State.ACTIVE, email=email, email_key=email,
        email_verified_at=now, given_name=given, family_name=family, locale=locale,
        created_at=now, updated_at=now,
    )  # fmt: skip
    with core.writing():
        core.db.add(account)
        core.db.flush()
        token = sessions.begin(core, account.id, "")
    found = sessions.find(core, token)
    assert found
    return found


def ordered(core: Core, who: SignedIn, number: str = NUMBER, branch: str = "") -> str:
    """Order a PIN and return it as its letter shows it."""
    ask.order(core, who, number, branch)
    return str(letters(core)[-1]["pin"])


def ordered_openly(core: Core, number: str = NUMBER, postcode: str = "12345") -> str:
    ask.order_openly(core, number, None, postcode, "192.0.2.1")
    return str(letters(core)[-1]["pin"])


def letters(core: Core) -> list[dict[str, Any]]:
    """Return what stands in all letters that wait, the latest last."""
    return payloads(core, Kind.LETTER)


@dataclass(frozen=True)
class Mailed:
    to: str
    template: str
    locale: str
    facts: dict[str, Any]


def mails(core: Core, template: str) -> list[Mailed]:
    """Return the mails made of a template."""
    found = [Mailed(**payload) for payload in payloads(core, Kind.MAIL)]
    return [mail for mail in found if mail.template == template]


def payloads(core: Core, kind: Kind) -> list[dict[str, Any]]:
    fresh(core)
    rows = core.db.scalars(
        select(OutboxRow)
        .where(OutboxRow.kind == kind, OutboxRow.payload.is_not(None))
        .order_by(OutboxRow.created_at)
    ).all()
    return [json.loads(core.vault.open(f"outbox:{row.id}", row.payload or "")) for row in rows]


def fresh(core: Core) -> None:
    """Read what others have committed since, not what was read before."""
    core.db.rollback()
    core.db.expire_all()


def pins(core: Core) -> list[Pin]:
    fresh(core)
    return list(core.db.scalars(select(Pin).order_by(Pin.created_at)))


class Scripted(Chance):
    """Draws these places of the alphabet first, eleven a PIN, and by chance afterwards."""

    def __init__(self, *places: int) -> None:
        self.places = [place for place in places for _ in range(11)]

    def below(self, limit: int) -> int:
        return self.places.pop(0) if limit == 23 and self.places else super().below(limit)


def once(deed: Callable[[], object]) -> Callable[[], None]:
    """Return what does the deed when first called, and nothing afterwards."""
    left = [deed]

    def run() -> None:
        if left:
            left.pop()()

    return run


class Hashing(Hasher):
    """The house's hasher, counted; `meanwhile` runs between a hash and what it is for."""

    def __init__(self, real: Hasher, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.real, self.meanwhile, self.count = real, meanwhile, 0

    def hash(self, secret: str) -> str:
        return self._done(self.real.hash(secret))

    def verify(self, encoded: str | None, secret: str) -> bool:
        return self._done(self.real.verify(encoded, secret))

    def _done(self, result: T) -> T:
        self.count += 1
        self.meanwhile()
        return result


def states(core: Core) -> list[str]:
    return [pin.state for pin in pins(core)]


def memberships(core: Core) -> list[Membership]:
    fresh(core)
    return list(core.db.scalars(select(Membership).order_by(Membership.since)))


def letter_states(core: Core) -> list[str]:
    fresh(core)
    return list(core.db.scalars(select(Letter.state).order_by(Letter.created_at)))


def entry(core: Core, number: str = NUMBER, branch: str = "") -> Business:
    fresh(core)
    return core.db.scalars(
        select(Business).where(Business.number == number, Business.branch == branch)
    ).one()


def shift(pin: str) -> str:
    """Return another PIN of the same selector that is well spelled and wrong."""
    word = code.read(pin)
    turned = word.secret[1:] + word.secret[:1]
    if turned == word.secret:
        turned = "23456789" if word.secret != "23456789" else "98765432"
    return code.Pin(word.selector, turned).text


def with_pin(core: Core, **values: object) -> Core:
    pin = parts.Pin(**{**core.settings.pin.model_dump(), **values})
    return replace(core, settings=core.settings.model_copy(update={"pin": pin}))
