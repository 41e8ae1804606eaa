"""Passwords and devices: forgotten, changed, seen, ended."""

from tests.people import OTHER_PASSWORD, PASSWORD
from tests.stories.conftest import Scene
from tests.stories.house import House
from tests.stories.steps import is_signed_in, scan, sign_in
from tests.stories.visitor import Visitor


def test_a_reset_ends_all_other_sessions_and_all_grants(scene: Scene) -> None:
    house, desk, phone = scene.house, scene.visitor(), scene.visitor()
    karl = house.member()
    portal, callback = house.portal()
    sign_in(house, phone, karl.email)
    phone.open(f"{house.courses}/login")
    phone.open(house.issuer + portal.authorization())
    phone.press("Erlauben")
    tokens = portal.tokens(callback.answers[-1])

    link = forgets(house, desk, karl.email)
    assert scan(link) == {200}
    assert is_signed_in(house, phone)
    desk.open(link)
    desk.fill(password=OTHER_PASSWORD)
    desk.press("Passwort speichern")

    assert desk.url == f"{house.issuer}/account"
    assert not is_signed_in(house, phone)
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    assert "Das Passwort Ihres Kontos wurde geändert." in house.words(karl.email)
    refuses(house, phone, karl.email, PASSWORD)
    sign_in(house, phone, karl.email, OTHER_PASSWORD)
    assert phone.url == f"{house.issuer}/account"


def test_an_old_reset_link_is_renewed_by_one_click(scene: Scene) -> None:
    house, desk = scene.house, scene.visitor()
    karl = house.member()
    late = forgets(house, desk, karl.email)
    house.clock.advance(minutes=61)

    desk.open(late)
    assert desk.code == "link_expired"
    desk.press("Neuen Link senden")
    desk.open(house.link(karl.email))
    desk.fill(password=OTHER_PASSWORD)
    desk.press("Passwort speichern")

    assert desk.url == f"{house.issuer}/account"


def test_a_changed_password_ends_the_other_devices_and_leads_back(scene: Scene) -> None:
    house, desk, phone = scene.house, scene.visitor(), scene.visitor()
    karl = house.member()
    sign_in(house, phone, karl.email)
    desk.open(f"{house.courses}/login")
    desk.fill(username=karl.email, password=karl.password)
    desk.press("Anmelden")
    desk.follow("Zum Kammer-Konto")
    desk.follow("Passwort ändern")
    desk.fill(current_password="Falsch-geraten-77", password=OTHER_PASSWORD)
    desk.press("Passwort ändern")
    assert desk.code == "wrong_current_password"
    desk.fill(current_password=PASSWORD, password="Mustermann-Karl-1")
    desk.press("Passwort ändern")
    assert "Das Passwort enthält Ihren Namen" in desk.text

    desk.fill(current_password=PASSWORD, password=OTHER_PASSWORD)
    desk.press("Passwort ändern")

    assert "Ihr Passwort ist geändert" in desk.text
    assert "Das Passwort Ihres Kontos wurde geändert." in house.words(karl.email)
    desk.follow("Zurück zu Kursbuchung")
    assert desk.url == f"{house.courses}/"
    assert is_signed_in(house, desk)
    assert not is_signed_in(house, phone)
    refuses(house, phone, karl.email, PASSWORD)


def test_people_see_their_devices_and_end_them(scene: Scene) -> None:
    house, desk = scene.house, scene.visitor()
    phone, tablet = scene.visitor(), scene.visitor()
    karl, anna = house.member(), house.member("anna@beispiel.test", "Anna")
    for device in (phone, tablet, desk):
        house.clock.advance(minutes=2)
        sign_in(house, device, karl.email)

    desk.follow("Geräte ansehen")
    assert desk.text.count("Angemeldet seit") == 3
    assert desk.text.count("Dieses Gerät") == 1
    desk.press("Gerät abmelden")
    assert desk.text.count("Angemeldet seit") == 2
    assert not is_signed_in(house, tablet)
    assert is_signed_in(house, phone)

    # Nobody else's are shown.
    sign_in(house, tablet, anna.email)
    tablet.follow("Geräte ansehen")
    assert tablet.text.count("Angemeldet seit") == 1

    desk.press("Alle anderen Geräte abmelden")
    assert not is_signed_in(house, phone)
    assert is_signed_in(house, tablet)
    desk.press("Hier abmelden")
    assert desk.url == f"{house.issuer}/"
    assert not is_signed_in(house, desk)


def test_a_session_that_nobody_uses_is_over_after_half_an_hour(scene: Scene) -> None:
    house, desk = scene.house, scene.visitor()
    karl = house.member()
    sign_in(house, desk, karl.email)
    house.clock.advance(minutes=29)
    assert is_signed_in(house, desk)
    house.clock.advance(minutes=31)

    desk.open(f"{house.issuer}/business")
    assert desk.url.startswith(f"{house.issuer}/login")
    desk.fill(username=karl.email, password=karl.password)
    desk.press("Anmelden")

    assert desk.url == f"{house.issuer}/business"


def forgets(house: House, desk: Visitor, email: str) -> str:
    """Ask for a new password, for nobody's address first; returns the mailed link."""
    desk.open(f"{house.issuer}/login")
    desk.follow("Passwort vergessen?")
    answers = []
    for asked in ("niemand@beispiel.test", email):
        desk.open(f"{house.issuer}/password/forgot")
        desk.fill(email=asked)
        desk.press("Link anfordern")
        answers.append(desk.text)
    assert answers[0] == answers[1]
    assert house.mails("niemand@beispiel.test") == []
    assert "Danach sind alle anderen Geräte abgemeldet." in house.words(email)
    return house.link(email)


def refuses(house: House, visitor: Visitor, email: str, password: str) -> None:
    sign_in(house, visitor, email, password)
    assert visitor.code == "wrong_credentials"
