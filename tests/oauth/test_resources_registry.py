"""APIs: what may be registered, how the protocol finds it, what staff do (RFC 8707 §2)."""

import pytest

from idp.accounts.models import AuditEvent
from idp.core import Core
from idp.errors import Refused
from idp.oauth import registration, resources
from idp.oauth.resources import ResourceFacts, Resources
from tests.conftest import MovableClock
from tests.relying_party import Portal

API = "https://api.example/kurse"


def refusal(core: Core, uri: str = API, name: str = "Kurse", **more: str) -> Refused:
    with pytest.raises(Refused) as refused:
        resources.add(core, uri, name, client_id=more.get("client_id"))
    return refused.value


@pytest.mark.parametrize(
    "uri",
    [API, "https://api.example", "https://api.example/?tenant=7", "http://127.0.0.1:9/",
     "urn:example:api", "api://kurse/lesen", "tag:example.org,2026:api"],
)  # fmt: skip
def test_absolute_addresses_and_names_are_accepted(core: Core, uri: str) -> None:
    resources.add(core, uri, "Kurse")

    found = Resources(core).find(uri)
    assert found
    assert found.uri == uri


@pytest.mark.parametrize(
    "uri",
    ["", "api", "/kurse", "//api.example/", "https://", "https://api.example/#f", "urn:x#f", "urn:",
     "http://api.example/", "HTTP://api.example/", "urn:a b", "urn:ü", "urn:a\n", "https://[::1"],
)  # fmt: skip
def test_anything_else_is_refused(core: Core, uri: str) -> None:
    assert refusal(core, uri).code == "resource_uri"


@pytest.mark.parametrize("ending", ["", "/", "//"])
def test_an_api_is_never_taken_for_userinfo(core: Core, ending: str) -> None:
    assert refusal(core, core.settings.issuer + ending).code == "resource_is_issuer"


def test_what_is_not_there_or_there_already_is_named(core: Core) -> None:
    resources.add(core, API, "Kurse")

    assert refusal(core).code == "resource_exists"
    assert refusal(core, "urn:x", " ").code == "resource_name_missing"
    assert refusal(core, "urn:x", client_id="nobody").code == "client_missing"
    with pytest.raises(Refused) as refused:
        resources.remove(core, "urn:x")
    assert refused.value.code == "resource_unknown"


def test_the_protocol_finds_an_api_by_its_exact_address(both_core: Core) -> None:
    client, _ = registration.add(
        both_core, registration.Wanted(name="API", grant_types=("client_credentials",))
    )
    resources.add(both_core, API, "Kurse", business=True, client_id=client.id)

    known = Resources(both_core)

    assert known.find(API) == ResourceFacts(API, "Kurse", business=True, client_id=client.id)
    assert known.find(API + "/") is None
    assert known.find("") is None


def test_what_was_found_is_believed_for_seconds_and_what_was_not_is_asked_again(
    core: Core, clock: MovableClock
) -> None:
    known = Resources(core)
    assert known.find(API) is None
    resources.add(core, API, "Kurse")
    found = known.find(API)
    assert found

    resources.remove(core, API)
    clock.advance(seconds=4)
    assert known.find(API) is found
    clock.advance(seconds=2)
    assert known.find(API) is None


def test_an_api_stays_while_an_application_lists_it(both_core: Core) -> None:
    resources.add(both_core, API, "Kurse")
    app = registration.Wanted(
        name="Portal", redirect_uris=("https://p.example/",), resources=(API,)
    )
    client, _ = registration.add(both_core, app)

    with pytest.raises(Refused) as refused:
        resources.remove(both_core, API)
    assert refused.value.facts == {"uri": API, "clients": "Portal"}
    registration.change(both_core, client.id, resources=())
    resources.remove(both_core, API)

    assert resources.everyone(both_core) == []


def test_apis_are_listed_by_name(core: Core, portal: Portal) -> None:
    resources.add(core, "urn:one", "Zeiten")
    resources.add(core, "urn:two", "Kurse", client_id=portal.client.id)

    assert [row.name for row in resources.everyone(core)] == ["Kurse", "Zeiten"]


def test_adding_and_removing_is_recorded(core: Core) -> None:
    resources.add(core, API, "Kurse")
    resources.remove(core, API)

    events = core.db.query(AuditEvent).filter(AuditEvent.kind.startswith("resource.")).all()
    assert {event.kind for event in events} == {"resource.added", "resource.removed"}
    assert {event.facts["resource"] for event in events} == {API}
