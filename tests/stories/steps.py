"""What people do again and again in the stories."""

import requests

from tests.people import PASSWORD
from tests.stories.house import House
from tests.stories.visitor import Visitor

ERIKA = "erika.neumann@beispiel.test"
NUMBER = "1234567"
FIRM = "Tischlerei Beispiel GmbH"


def register(house: House, visitor: Visitor, email: str) -> str:
    """Fill in the registration; returns the answer, without the address that was typed."""
    visitor.open(f"{house.issuer}/register")
    visitor.fill(given_name="Erika", family_name="Neumann", email=email)
    visitor.tick("accept_terms", "accept_privacy")
    visitor.press("Konto anlegen")
    return f"{visitor.title} {visitor.text}".replace(email, "…")


def sign_in(house: House, visitor: Visitor, email: str, password: str = PASSWORD) -> None:
    """Sign in at the provider itself, whatever the page says then."""
    visitor.open(f"{house.issuer}/login")
    enter(visitor, email, password)


def enter(visitor: Visitor, email: str, password: str = PASSWORD) -> None:
    visitor.fill(username=email, password=password)
    visitor.press("Anmelden")


def order(house: House, visitor: Visitor, number: str = NUMBER) -> str:
    """Order a PIN as somebody who is signed in; returns it as the letter prints it."""
    visitor.open(f"{house.issuer}/business/pin")
    visitor.fill(number=number)
    visitor.press("PIN anfordern")
    assert "Ihre Anforderung ist angekommen" in visitor.text
    return house.letter().pin


def link(house: House, visitor: Visitor, pin: str, number: str = NUMBER) -> None:
    """Type number and PIN, whatever the page says then."""
    visitor.open(f"{house.issuer}/business/link")
    visitor.fill(number=number, pin=pin)
    visitor.press("Mit Betrieb verknüpfen")


def scan(url: str) -> set[int]:
    """Open a link ten times as mail scanners do, HEAD and GET; returns the statuses seen."""
    statuses = set()
    for method in ("HEAD", "GET") * 5:
        with requests.Session() as scanner:
            scanner.trust_env = False
            statuses.add(scanner.request(method, url, allow_redirects=True, timeout=10).status_code)
    return statuses


def is_signed_in(house: House, visitor: Visitor) -> bool:
    """Tell whether this device is signed in at the provider."""
    visitor.open(f"{house.issuer}/account")
    return visitor.url == f"{house.issuer}/account"


def typed_freely(pin: str) -> str:
    """Spell a PIN as people do: small letters, blanks and hyphens anywhere."""
    signs = pin.replace("-", "").lower()
    return f" {signs[:2]} {signs[2:5]}-{signs[5:6]} - {signs[6:]} "


def mistyped(pin: str) -> str:
    """Return a PIN with one wrong sign."""
    return pin[:-1] + ("7" if pin[-1] != "7" else "9")
