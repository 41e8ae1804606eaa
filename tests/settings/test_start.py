"""What the settings name must be there when the house starts."""

from pathlib import Path

import pytest

from idp.accounts import admin
from idp.app import create_app
from idp.errors import Misconfigured
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD


def mistakes(folder: Path, **more: object) -> list[str]:
    with pytest.raises(Misconfigured) as told:
        create_app(settings_for(folder, **more))
    return told.value.mistakes


def rules(*wanted: dict[str, object]) -> dict[str, object]:
    return {"rules": list(wanted), "argon2_memory_kib": 8, "argon2_time": 1}


def test_an_unknown_rule_tells_which_there_are(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, password=rules({"use": "lenght"}))

    assert "'lenght'" in mistake
    for name in ("classes", "edges", "length", "personal", "sequences"):
        assert name in mistake


def test_everything_unknown_is_told_at_once(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        password=rules({"use": "a"}, {"use": "length", "minumum": 3}, {"use": "b"}),
        mail={"carrier": "pigeon"},
        pin={"carrier": "horse", "registry": "book"},
        registration={"fields": ["given_name", "shoe_size"]},
    )

    for name in ("'a'", "'b'", "minumum", "'pigeon'", "'horse'", "'book'", "'shoe_size'"):
        assert sum(name in mistake for mistake in told) == 1, name
    assert len(told) == 7
    assert any(mistake.startswith("password.rules.1: length:") for mistake in told)


def test_an_unknown_plugin_tells_which_are_installed(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, plugins=["acme"])

    assert "'acme' is not installed" in mistake


def test_own_rules_replace_the_preset_in_their_order(tmp_path: Path, clock: MovableClock) -> None:
    wanted = rules({"use": "classes", "bypass": 0}, {"use": "length", "minimum": 3})
    app = built(settings_for(tmp_path, password=wanted), clock)

    advice = app.extensions["idp"].core.policy.advice()

    assert [sentence.code for sentence in advice] == ["classes_always", "length"]
    dispose(app)


def test_without_the_rule_about_edges_a_pasted_password_still_opens(
    tmp_path: Path, clock: MovableClock
) -> None:
    app = built(settings_for(tmp_path, password=rules({"use": "length"})), clock)
    with app.app_context():
        person = admin.Person("max@beispiel.test", "Max", "Muster")
        admin.add(app.extensions["idp"].core, person, f" {PASSWORD} ")

    page = Browser(app).open("/login").send(username=person.email, password=f" {PASSWORD} ")

    assert page.path == "/account"
    dispose(app)


@pytest.mark.parametrize("fields", [["family_name"], ["family_name", "given_name"], []])
def test_registration_asks_what_the_profile_says_in_its_order(
    tmp_path: Path, clock: MovableClock, fields: list[str]
) -> None:
    app = built(settings_for(tmp_path, registration={"fields": fields}), clock)
    browser = Browser(app)
    form = browser.open("/register").form("email")
    asked = [name for name in form.fields if name.endswith("_name")]

    values = {"email": "neu@beispiel.test", "accept_terms": "y", "accept_privacy": "y"}
    done = browser.open("/register").send(**{**dict.fromkeys(fields, "Nina"), **values})

    assert asked == fields
    assert done.path == "/register/sent"
    dispose(app)


def test_a_closed_registration_is_closed_for_direct_posts_too(
    tmp_path: Path, clock: MovableClock
) -> None:
    """CVE-2024-49757: registration was switched off only in the page."""
    app = built(settings_for(tmp_path, registration={"enabled": False}), clock)
    browser = Browser(app)
    token = browser.open("/help").forms[0].fields["csrf_token"]
    values = {"csrf_token": token, "email": "neu@beispiel.test", "given_name": "N",
              "family_name": "N", "accept_terms": "y", "accept_privacy": "y"}  # fmt: skip

    for page in (browser.open("/register"), browser.post("/register", values)):
        assert page.error_code == "registration_closed"
    dispose(app)


def test_the_example_of_a_bad_start_creates_nothing_in_the_database(tmp_path: Path) -> None:
    mistakes(tmp_path, plugins=["acme"])

    assert not (tmp_path / "idp.sqlite").exists()
