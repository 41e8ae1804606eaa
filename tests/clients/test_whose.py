"""What a Betrieb filed is its own: others neither read its contracts nor withdraw its places."""

from .conftest import Browser
from .stub_provider import ELM, StubProvider
from .test_filing import file, filed


def test_contracts_are_seen_by_their_betrieb_only(
    contracts: Browser, provider: StubProvider
) -> None:
    contracts.sign_in()
    file(contracts)
    assert "Max Weber" in contracts.get("/").text
    provider.business = dict(ELM)

    contracts.sign_in()

    assert "Max Weber" not in contracts.get("/").text


def test_a_place_is_public_and_withdrawn_by_its_betrieb_only(
    jobs: Browser, provider: StubProvider
) -> None:
    jobs.sign_in()
    file(jobs)
    assert "Möbel und Türen." in jobs.get("/").text

    assert jobs.post("/places/1/withdraw").status == 404
    assert jobs.post("/places/4/withdraw").location == "/"

    assert "Möbel und Türen." not in jobs.get("/").text


def test_withdrawing_asks_the_provider_too(jobs: Browser, provider: StubProvider) -> None:
    jobs.sign_in()
    file(jobs)
    provider.business_now = lambda: None

    assert jobs.post("/places/4/withdraw").status == 403
    assert filed(jobs) == 1
