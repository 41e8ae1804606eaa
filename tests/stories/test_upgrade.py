"""A new house: everybody comes along, and nobody is left before a closed door."""

from pathlib import Path

import pytest

from idp.accounts import renewal
from idp.accounts.moving import left
from idp.accounts.renewal import Reason, Wanted
from tests.accounts.files import HASHES, imported, written
from tests.people import OTHER_PASSWORD, PASSWORD
from tests.stories.conftest import Scene
from tests.stories.house import House
from tests.stories.steps import enter, is_signed_in, sign_in

OLD = "h.klein@alt.test"
PEOPLE = f"""email;given_name;family_name;password_hash;email_verified;old_email
hanna@beispiel.test;Hanna;Klein;{HASHES["bcrypt"]};ja;{OLD}
ben@beispiel.test;Ben;Groß;;nein;
"""


def moved(house: House, folder: Path) -> None:
    with house.app.app_context():
        assert imported(house.core, written(folder, PEOPLE)).problems == []


def due(house: House, reason: Reason, email: str) -> None:
    with house.app.app_context():
        assert renewal.start(house.core, Wanted(reason, (email,))) == 1


def hashes(house: House) -> dict[str, int]:
    with house.app.app_context():
        return dict(left.left(house.core))


def test_who_had_a_password_keeps_it_and_the_old_address(scene: Scene, tmp_path: Path) -> None:
    house, hanna = scene.house, scene.visitor()
    moved(house, tmp_path)
    assert hashes(house) == {"bcrypt": 1, "none": 1}

    hanna.open(f"{house.courses}/courses/1")
    hanna.follow("Anmelden und buchen")
    enter(hanna, OLD)

    assert hanna.url == f"{house.courses}/courses/1"
    assert "Sie buchen als Hanna Klein" in hanna.text
    assert hashes(house) == {"own": 1, "none": 1}


@pytest.mark.parametrize("way", ["forgot", "register"])
def test_who_had_none_is_welcomed_over_and_arrives(scene: Scene, tmp_path: Path, way: str) -> None:
    house, ben = scene.house, scene.visitor()
    moved(house, tmp_path)
    ben.open(f"{house.courses}/courses/1")
    ben.follow("Anmelden und buchen")

    if way == "forgot":
        ben.follow("Passwort vergessen?")
        ben.fill(email="ben@beispiel.test")
        ben.press("Link anfordern")
    else:
        ben.follow("Konto anlegen")
        ben.fill(given_name="Ben", family_name="Groß", email="ben@beispiel.test")
        ben.tick("accept_terms", "accept_privacy")
        ben.press("Konto anlegen")
    ben.open(house.link("ben@beispiel.test"))
    assert "Ihr Konto ist schon da" in ben.text
    ben.fill(password=PASSWORD)
    ben.press("Passwort speichern")

    assert ben.url == f"{house.courses}/courses/1"
    assert "Sie buchen als Ben Groß" in ben.text


def test_stricter_rules_are_met_on_the_way_and_known_passwords_by_mail(
    scene: Scene, tmp_path: Path
) -> None:
    house, hanna = scene.house, scene.visitor()
    moved(house, tmp_path)
    due(house, Reason.POLICY, "hanna@beispiel.test")
    hanna.open(f"{house.courses}/login")
    enter(hanna, "hanna@beispiel.test")
    hanna.fill(password=OTHER_PASSWORD)
    hanna.press("Passwort speichern")
    assert hanna.url == f"{house.courses}/"

    due(house, Reason.COMPROMISE, "hanna@beispiel.test")
    assert not is_signed_in(house, hanna)
    hanna.open(f"{house.contracts}/login")
    enter(hanna, "hanna@beispiel.test", OTHER_PASSWORD)
    assert "anderen bekannt geworden" in hanna.text
    hanna.press("Link zusenden")
    hanna.open(house.link("hanna@beispiel.test"))
    hanna.fill(password=OTHER_PASSWORD)
    hanna.press("Passwort speichern")
    assert hanna.code == "password_unchanged"
    hanna.fill(password=PASSWORD)
    hanna.press("Passwort speichern")

    assert hanna.url == f"{house.contracts}/"
    hanna.open(f"{house.issuer}/logout")
    hanna.press("Abmelden")
    sign_in(house, hanna, OLD)
    assert is_signed_in(house, hanna)
