"""Contracts and job board: nothing is filed without the provider's fresh word for the Betrieb."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from .conftest import Browser
from .stub_provider import ELM, OAK, StubProvider

SOON = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
CONTRACT = {"apprentice": "Max Weber", "trade": "Tischler/in", "starts": SOON}
PLACE = {"trade": "Tischler/in", "town": "Neudorf", "starts": SOON, "about": "Möbel und Türen."}
FIELDS = {"contracts": CONTRACT, "jobs": PLACE}


@pytest.fixture(params=["contracts", "jobs"])
def firm(request: pytest.FixtureRequest) -> Browser:
    found: Browser = request.getfixturevalue(request.param)
    return found


def file(browser: Browser, **changes: str) -> object:
    return browser.post("/new", **{**FIELDS[browser.config.client_id], **changes})


def filed(browser: Browser) -> int:
    name = browser.config.client_id
    table = {"contracts": "contract", "jobs": "place"}[name]
    with closing(sqlite3.connect(browser.config.data_dir / f"{name}.sqlite3")) as link:
        count = f"SELECT count(*) FROM {table} WHERE business NOT LIKE 'example-%'"
        return int(link.execute(count).fetchone()[0])


def test_the_firm_is_prefilled_from_the_claim_and_filed(firm: Browser) -> None:
    firm.sign_in()

    for page in (firm.get("/"), firm.get("/new")):
        assert OAK["name"] in page.text
        assert "0123456, Filiale 001" in page.text
    assert file(firm).location == "/"
    assert filed(firm) == 1
    assert "Tischler/in" in firm.get("/").text


def test_without_a_claim_the_way_to_mein_betrieb_is_shown(
    firm: Browser, provider: StubProvider
) -> None:
    provider.business = None
    firm.sign_in()

    home = firm.get("/").text

    back = quote(f"{firm.config.url}/login", safe="")
    link = f"{provider.issuer}/business?client_id={firm.config.client_id}&return_to={back}"
    assert "Es fehlt noch Ihr Betrieb" in home
    assert link in home
    assert "0123456" not in home


def test_after_linking_a_new_sign_in_brings_the_claim(
    firm: Browser, provider: StubProvider
) -> None:
    provider.business = None
    firm.sign_in()
    provider.business = dict(ELM)

    firm.sign_in("/login")

    assert "7654321" in firm.get("/").text


def test_without_a_claim_nothing_is_filed(firm: Browser, provider: StubProvider) -> None:
    provider.business = None
    firm.sign_in()

    assert file(firm).status == 403
    assert filed(firm) == 0


@pytest.mark.parametrize(
    "claim", ["Tischlerei", {}, {"id": 7}, {"id": "b", "number": None}, ["b"]], ids=str
)
def test_a_misshapen_claim_is_no_claim(
    firm: Browser, provider: StubProvider, claim: object
) -> None:
    provider.claims = {"business": claim}
    firm.sign_in()

    assert "Es fehlt noch Ihr Betrieb" in firm.get("/").text


def test_a_revoked_token_files_nothing_and_ends_the_stay(
    firm: Browser, provider: StubProvider
) -> None:
    firm.sign_in()
    provider.userinfo_status = 401

    refused = file(firm)

    assert refused.status == 403
    assert "Ihre Anmeldung gilt nicht mehr" in refused.text
    assert "/login?next=/new" in refused.text
    assert filed(firm) == 0
    assert "Angemeldet als" not in firm.get("/").text


def test_an_unlinked_betrieb_files_nothing_and_ends_the_stay(
    firm: Browser, provider: StubProvider
) -> None:
    firm.sign_in()
    provider.business_now = lambda: None

    refused = file(firm)

    assert refused.status == 403
    assert "Die Verknüpfung mit dem Betrieb ist beendet" in refused.text
    assert filed(firm) == 0
    assert "Angemeldet als" not in firm.get("/").text


def test_another_betrieb_in_between_files_nothing(firm: Browser, provider: StubProvider) -> None:
    firm.sign_in()
    provider.business_now = lambda: dict(ELM)

    refused = file(firm)

    assert refused.status == 403
    assert "anderen Betrieb" in refused.text
    assert filed(firm) == 0
    assert "Angemeldet als" not in firm.get("/").text


def test_another_person_in_userinfo_files_nothing(firm: Browser, provider: StubProvider) -> None:
    firm.sign_in()
    provider.userinfo_sub = "berta"

    assert file(firm).status == 403
    assert filed(firm) == 0


def test_what_was_typed_is_there_again_after_the_next_sign_in(
    firm: Browser, provider: StubProvider
) -> None:
    firm.sign_in()
    provider.userinfo_status = 401
    file(firm)
    provider.userinfo_status = 200

    firm.sign_in("/login?next=/new")

    assert SOON in firm.get("/new").text
    assert file(firm).location == "/"
    assert SOON not in firm.get("/new").text


def test_a_provider_in_trouble_files_nothing_but_ends_nothing(
    firm: Browser, provider: StubProvider
) -> None:
    firm.sign_in()
    provider.userinfo_status = 500

    assert file(firm).status == 503
    assert filed(firm) == 0
    assert SOON in firm.get("/new").text


def test_an_old_token_is_renewed_before_the_form_is_shown(
    firm: Browser, provider: StubProvider
) -> None:
    provider.lives = 1
    firm.sign_in()
    provider.lives = 600
    with closing(sqlite3.connect(path(firm))) as link, link:
        age(link)

    assert firm.get("/new").location == "/login?next=/new"
    assert file(firm).status == 403


def path(browser: Browser) -> object:
    return browser.config.data_dir / f"{browser.config.client_id}.sqlite3"


def age(link: sqlite3.Connection) -> None:
    """Let every kept access token have ended."""
    for key, value in link.execute("SELECT key, value FROM kept WHERE key LIKE 'person:%'"):
        old = json.dumps({**json.loads(value), "ends": 1})
        link.execute("UPDATE kept SET value = ? WHERE key = ?", (old, key))


def test_the_same_twice_is_filed_once(firm: Browser) -> None:
    firm.sign_in()

    assert [file(firm).status for _ in range(2)] == [302, 409]
    assert filed(firm) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"trade": ""},
        {"trade": "Max\0Weber"},
        {"trade": "x" * 700},
        {"starts": "2001-01-01"},
        {"starts": "31.12.2030"},
        {"starts": "9999-12-31"},
        {"starts": "\0"},
    ],
    ids=repr,
)
def test_what_cannot_be_filed_is_explained_at_the_field(
    firm: Browser, changes: dict[str, str]
) -> None:
    firm.sign_in()

    refused = file(firm, **changes)

    assert refused.status == 422
    assert "Bitte prüfen Sie Ihre Eingaben" in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert filed(firm) == 0
