"""The main job from end to end: one person, one Betrieb, three applications."""

from datetime import timedelta
from typing import Any

from clients.common import today
from tests.people import PASSWORD
from tests.relying_party import Portal
from tests.stories.conftest import Scene
from tests.stories.house import House
from tests.stories.server import Callback
from tests.stories.steps import (
    ERIKA,
    FIRM,
    NUMBER,
    enter,
    is_signed_in,
    mistyped,
    register,
    scan,
    typed_freely,
)
from tests.stories.visitor import Visitor

NEXT_YEAR = (today() + timedelta(days=300)).isoformat()


def test_a_member_registers_proves_a_business_and_files_for_it(scene: Scene) -> None:
    house, erika = scene.house, scene.visitor()
    portal, callback = house.portal()

    registers(house, erika)
    activates(house, erika)
    books_a_course(house, erika)
    is_told_that_a_business_is_missing(house, erika)
    proves_the_business(house, erika)
    files_a_contract(house, erika)
    posts_a_training_place(house, erika)
    unlinks(house, erika, portal, callback)
    signs_out(house, erika)


def registers(house: House, erika: Visitor) -> None:
    """The answer is the same for a known address, whose owner is told by mail."""
    karl = house.member()
    erika.open(house.issuer)
    erika.follow("Konto anlegen")
    erika.fill(given_name="Erika", family_name="Neumann", email=ERIKA)
    erika.tick("accept_privacy")
    erika.press("Konto anlegen")
    assert erika.title.startswith("Fehler:")
    assert "Ohne das können wir kein Konto anlegen" in erika.text
    assert erika.value("email") == ERIKA

    unknown, known = register(house, erika, ERIKA), register(house, erika, karl.email)

    assert unknown == known
    assert "Bitte sehen Sie in Ihr Postfach" in unknown
    assert "Sie haben schon ein Konto" in house.words(karl.email)
    assert "/k/" not in house.words(karl.email)
    # No form text in a mail to an address that nobody has confirmed.
    assert "Neumann" not in house.words(ERIKA)


def activates(house: House, erika: Visitor) -> None:
    """Opening spends nothing; after 24 hours one click sends a new link; the button activates."""
    late = house.link(ERIKA)
    assert scan(late) == {200}
    house.clock.advance(hours=24, minutes=1)
    erika.open(late)
    assert erika.code == "link_expired"
    erika.press("Neuen Link senden")
    link = house.link(ERIKA)
    assert link != late
    assert scan(link) == {200}

    erika.open(link)
    assert erika.url == f"{house.issuer}/activate"
    assert "Es hat mindestens 12 Zeichen" in erika.text
    erika.fill(password="Neumann1!")
    erika.press("Passwort festlegen")
    assert "Hängen Sie etwas an" in erika.text
    assert erika.value("password") == ""
    erika.fill(password=PASSWORD)
    erika.press("Passwort festlegen")

    assert "Guten Tag, Erika Neumann" in erika.text
    for spent, code in ((link, "link_used"), (late, "link_unknown")):
        erika.open(spent)
        assert erika.code == code
    erika.open(f"{house.issuer}/account")
    erika.press("Abmelden")
    assert "Sie sind abgemeldet" in erika.text


def books_a_course(house: House, erika: Visitor) -> None:
    """The application asks, the provider signs in, the person is back where she was."""
    erika.open(house.courses)
    erika.follow("Wärmepumpen planen und einbauen")
    course = erika.url
    erika.follow("Anmelden und buchen")
    assert erika.url.startswith(f"{house.issuer}/login")
    assert "Sie möchten zu „Kursbuchung“" in erika.text
    enter(erika, ERIKA, "Nicht-mein-Passwort-9")
    assert erika.code == "wrong_credentials"
    assert erika.value("username") == ERIKA
    enter(erika, ERIKA)

    assert erika.url == course
    assert f"Sie buchen als Erika Neumann. Wir erreichen Sie unter {ERIKA}" in erika.text
    erika.press("Kostenpflichtig buchen")
    assert "Gebucht: Wärmepumpen planen und einbauen." in erika.text


def is_told_that_a_business_is_missing(house: House, erika: Visitor) -> None:
    """Signed in without a password, but nobody to file for; the way there leads back."""
    erika.open(house.contracts)
    erika.follow("Anmelden und beginnen")
    assert erika.url == f"{house.contracts}/"
    assert "Es fehlt noch Ihr Betrieb" in erika.text
    erika.follow("Zu „Mein Betrieb“")
    assert "Noch kein Betrieb verknüpft" in erika.text
    erika.follow("Zurück zu Ausbildungsverträge")
    assert erika.url == f"{house.contracts}/"
    assert "Es fehlt noch Ihr Betrieb" in erika.text


def proves_the_business(house: House, erika: Visitor) -> None:
    """A PIN comes by post to the registered address, and links at once."""
    erika.follow("Zu „Mein Betrieb“")
    erika.follow("PIN anfordern")
    erika.fill(number=f" {NUMBER[:4]} {NUMBER[4:]} ")
    erika.press("PIN anfordern")
    assert "kommt ein Brief an die eingetragene Adresse des Betriebs" in erika.text
    assert f"Nummer {NUMBER}" in house.words(ERIKA)
    letter = house.letter()
    for line in (FIRM, "Holzweg 1", "12345 Musterstadt", "Erika Neumann", NUMBER):
        assert line in letter.text

    erika.follow("Zu „Mein Betrieb“")
    assert "Angefordert" in erika.text
    erika.follow("PIN eingeben")
    erika.fill(number=NUMBER, pin=mistyped(letter.pin))
    erika.press("Mit Betrieb verknüpfen")
    assert "Vergleichen Sie sie bitte mit dem Brief" in erika.text
    assert erika.value("number") == NUMBER
    erika.fill(pin=typed_freely(letter.pin))
    erika.press("Mit Betrieb verknüpfen")

    assert "Ihr Betrieb ist verknüpft" in erika.text
    assert f"jetzt mit diesem Betrieb verknüpft: {FIRM}" in house.words(ERIKA)
    erika.follow("Weiter zu Ausbildungsverträge")


def files_a_contract(house: House, erika: Visitor) -> None:
    """The firm's data stand in the form already."""
    assert erika.url == f"{house.contracts}/"
    assert f"Betrieb {FIRM} Betriebsnummer {NUMBER}" in erika.text
    erika.follow("Neuen Vertrag einreichen")
    assert f"Betrieb {FIRM} Betriebsnummer {NUMBER}" in erika.text
    write_contract(erika, "Mia Lehmann")
    erika.press("Vertrag einreichen")
    assert "Der Vertrag mit Mia Lehmann ist eingereicht." in erika.text


def write_contract(erika: Visitor, apprentice: str) -> None:
    erika.fill(apprentice=apprentice, starts=NEXT_YEAR)
    erika.choose(trade="Tischler/in")


def posts_a_training_place(house: House, erika: Visitor) -> None:
    """The third application knows the person and the Betrieb without a password too."""
    erika.open(house.jobs)
    erika.follow("Lehrstelle veröffentlichen")
    assert erika.url == f"{house.jobs}/new"
    erika.fill(trade="Tischlerin", town="Musterstadt", starts=NEXT_YEAR, about="Holz und Leute.")
    erika.press("Veröffentlichen")
    assert "Die Lehrstelle Tischlerin ist veröffentlicht." in erika.text
    assert f"Tischlerin {FIRM}, Musterstadt" in erika.text


def unlinks(house: House, erika: Visitor, portal: Portal, callback: Callback) -> None:
    """The next token has no claim, refresh is refused, and nothing more is filed."""
    before = allows(house, erika, portal, callback)
    filing = erika.tab()
    filing.open(f"{house.contracts}/new")
    write_contract(filing, "Ole Petersen")

    erika.open(f"{house.issuer}/business")
    erika.follow("Verknüpfung lösen")
    assert "Anwendungen erhalten diesen Betrieb ab sofort nicht mehr." in erika.text
    erika.press("Verknüpfung lösen")
    assert "Die Verknüpfung ist gelöst" in erika.text
    assert f"nicht mehr mit diesem Betrieb verknüpft: {FIRM}" in house.words(ERIKA)

    refused = portal.refresh(before["refresh_token"])
    assert (refused.status_code, (refused.json or {})["error"]) == (400, "invalid_grant")
    assert portal.userinfo(before["access_token"]).status_code == 401
    erika.open(house.issuer + portal.authorization())
    after = portal.tokens(callback.answers[-1])
    assert "business" not in portal.verified(after["id_token"]).claims
    filing.press("Vertrag einreichen")
    assert "Es wurde nichts gespeichert." in filing.text
    filing.follow("Neu anmelden und weitermachen")
    assert "Es fehlt noch Ihr Betrieb" in filing.text


def allows(house: House, erika: Visitor, portal: Portal, callback: Callback) -> dict[str, Any]:
    """Let one more application act for the Betrieb, offline too; returns its tokens."""
    erika.open(house.issuer + portal.authorization(prompt="consent"))
    erika.press("Erlauben")
    tokens = portal.tokens(callback.answers[-1])
    claim = portal.verified(tokens["id_token"]).claims["business"]
    assert (claim["name"], claim["number"]) == (FIRM, NUMBER)
    assert portal.refresh(tokens["refresh_token"]).status_code == 200
    return tokens


def signs_out(house: House, erika: Visitor) -> None:
    """Out in one application is out at the provider."""
    erika.open(house.courses)
    erika.press("Abmelden")
    assert erika.url == f"{house.courses}/"
    assert "Sie sind abgemeldet, hier und beim Kammer-Konto." in erika.text
    assert not is_signed_in(house, erika)
    erika.open(house.contracts)
    erika.open(f"{house.contracts}/login")
    assert erika.url.startswith(f"{house.issuer}/login")
