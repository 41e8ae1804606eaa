"""Ways to an application that lead past something else first."""

from urllib.parse import urlencode

from sqlalchemy import update

from idp.accounts.models import Account
from tests.people import OTHER_PASSWORD, PASSWORD
from tests.relying_party import Answer, Portal
from tests.stories.conftest import Scene
from tests.stories.house import House
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
    assert "„Kursbuchung“ möchte Sie hier abmelden" in karl.text
    karl.follow("Angemeldet bleiben")
    assert karl.url == f"{house.issuer}/account"
    karl.open(f"{house.issuer}/oauth/logout?{asked}")
    karl.press("Abmelden")

    assert karl.url == f"{house.courses}/"
    assert not is_signed_in(house, karl)


ESSENTIAL = '{"id_token": {"business": {"essential": true}}}'


def claimed(portal: Portal, answer: Answer) -> object:
    """Return the number of the business that an application was told of."""
    tokens = portal.tokens(answer)
    claim = portal.verified(tokens["id_token"]).claims.get("business")
    return claim and claim["number"]


def test_who_needs_a_business_for_an_application_links_it_on_the_way(scene: Scene) -> None:
    house, karl = scene.house, scene.visitor()
    house.member()
    portal, callback = house.portal(first_party=True)
    url = house.issuer + portal.authorization(claims=ESSENTIAL)
    karl.open(url)
    enter(karl, "karl@beispiel.test")
    assert "„Auswertung“ braucht einen Betrieb" in karl.text

    # No letter yet: it is ordered, and the application opens without.
    karl.follow("Noch keine PIN? PIN anfordern")
    karl.fill(number=NUMBER)
    karl.press("PIN anfordern")
    karl.press("Weiter zu Auswertung")
    assert claimed(portal, callback.answers[-1]) is None

    # Next time the letter is there.
    karl.open(url)
    karl.fill(number=NUMBER, pin=house.letter().pin)
    karl.press("Mit Betrieb verknüpfen")
    assert claimed(portal, callback.answers[-1]) == NUMBER


def test_later_is_an_answer(scene: Scene) -> None:
    house, karl = scene.house, scene.visitor()
    house.member()
    portal, callback = house.portal(first_party=True)
    karl.open(house.issuer + portal.authorization(claims=ESSENTIAL))
    enter(karl, "karl@beispiel.test")

    karl.press("Später")

    assert claimed(portal, callback.answers[-1]) is None


def test_who_is_due_for_a_new_password_chooses_it_and_arrives(scene: Scene) -> None:
    house, karl = scene.house, scene.visitor()
    renew(house)
    karl.open(f"{house.courses}/courses/1")
    karl.follow("Anmelden und buchen")
    enter(karl, "karl@beispiel.test")
    assert "Bitte wählen Sie ein neues Passwort" in karl.text

    karl.fill(password="kurz")
    karl.press("Passwort speichern")
    assert karl.code == "weak_password"
    karl.fill(password=OTHER_PASSWORD)
    karl.press("Passwort speichern")

    assert karl.url == f"{house.courses}/courses/1"
    assert "Sie buchen als Karl Mustermann" in karl.text


def renew(house: House) -> None:
    member = house.member()
    with house.app.app_context(), house.core.writing():
        due = update(Account).where(Account.id == member.id).values(must_change="policy")
        house.core.db.execute(due)


def test_who_allowed_something_takes_it_back(scene: Scene) -> None:
    house, karl = scene.house, scene.visitor()
    house.member()
    portal, callback = house.portal(purpose="Ihre Zahlen auswerten")
    karl.open(house.issuer + portal.authorization(prompt="consent"))
    enter(karl, "karl@beispiel.test")
    assert "Zugriff auch dann, wenn Sie gerade nicht angemeldet sind" in karl.text
    karl.press("Erlauben")
    tokens = portal.tokens(callback.answers[-1])

    karl.open(f"{house.issuer}/account")
    karl.follow("Anwendungen ansehen")
    assert "Ihre Zahlen auswerten" in karl.text
    karl.press("Zurücknehmen")

    assert "„Auswertung“ darf Ihr Konto nicht mehr verwenden." in karl.text
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    karl.open(house.issuer + portal.authorization())
    assert "Daten weitergeben?" in karl.title


def test_somebody_else_at_the_same_computer_signs_in_instead(scene: Scene) -> None:
    house, desk = scene.house, scene.visitor()
    house.member()
    erika = house.member(ERIKA, "Erika")
    portal, callback = house.portal(first_party=True)
    desk.open(f"{house.courses}/login")
    enter(desk, "karl@beispiel.test")

    desk.open(house.issuer + portal.authorization(prompt="select_account"))
    assert "karl@beispiel.test" in desk.text
    desk.follow("Mit einem anderen Konto anmelden")
    assert desk.value("username") == ""
    enter(desk, ERIKA)

    claims = portal.verified(portal.tokens(callback.answers[-1])["id_token"]).claims
    assert claims["sub"] == erika.id
