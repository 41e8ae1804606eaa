"""Ways to an application that lead past something else first."""

from urllib.parse import urlencode

from tests.people import PASSWORD
from tests.stories.conftest import Scene
from tests.stories.steps import ERIKA, FIRM, NUMBER, enter, is_signed_in

OTHER, BAKERY = "0000042", "Bäckerei Muster"


def test_who_registers_on_the_way_arrives_where_she_wanted(scene: Scene) -> None:
    house, erika = scene.house, scene.visitor()
    erika.open(f"{house.courses}/courses/1")
    erika.follow("Anmelden und buchen")
    erika.follow("Konto anlegen")
    erika.fill(given_name="Erika", family_name="Neumann", email=ERIKA)
    erika.tick("accept_terms", "accept_privacy")
    erika.press("Konto anlegen")

    erika.open(house.link(ERIKA))
    erika.fill(password=PASSWORD)
    erika.press("Passwort festlegen")

    assert erika.url == f"{house.courses}/courses/1"
    assert "Sie buchen als Erika Neumann" in erika.text


def test_a_link_opened_at_another_device_leads_into_the_account(scene: Scene) -> None:
    house, desk, phone = scene.house, scene.visitor(), scene.visitor()
    desk.open(f"{house.courses}/login")
    desk.follow("Konto anlegen")
    desk.fill(given_name="Erika", family_name="Neumann", email=ERIKA)
    desk.tick("accept_terms", "accept_privacy")
    desk.press("Konto anlegen")

    phone.open(house.link(ERIKA))
    phone.fill(password=PASSWORD)
    phone.press("Passwort festlegen")

    assert phone.url == f"{house.issuer}/account"
    assert not is_signed_in(house, desk)


def test_who_has_two_businesses_chooses_for_each_application(scene: Scene) -> None:
    house, karl = scene.house, scene.visitor()
    member = house.member()
    house.linked(member, NUMBER, OTHER)

    karl.open(f"{house.contracts}/login")
    enter(karl, member.email)
    assert "„Ausbildungsverträge“ erfährt nur von dem Betrieb" in karl.text
    karl.press(f"{FIRM} Betriebsnummer {NUMBER}")
    assert karl.url == f"{house.contracts}/"
    assert f"Betrieb {FIRM}" in karl.text
    karl.open(f"{house.jobs}/login")
    karl.press(f"{BAKERY} Betriebsnummer {OTHER}")

    assert karl.url == f"{house.jobs}/"
    assert f"Betrieb {BAKERY}" in karl.text


def test_a_sign_out_that_nobody_vouches_for_asks_first(scene: Scene) -> None:
    house, karl = scene.house, scene.visitor()
    member = house.member()
    karl.open(f"{house.courses}/login")
    enter(karl, member.email)

    asked = urlencode(
        {"client_id": house.clients["courses"], "post_logout_redirect_uri": f"{house.courses}/"}
    )
    karl.open(f"{house.issuer}/oauth/logout?{asked}")
    assert "„Kursbuchung“ möchte Sie abmelden." in karl.text
    karl.follow("Angemeldet bleiben")
    assert karl.url == f"{house.issuer}/account"
    karl.open(f"{house.issuer}/oauth/logout?{asked}")
    karl.press("Abmelden")

    assert karl.url == f"{house.courses}/"
    assert not is_signed_in(house, karl)
