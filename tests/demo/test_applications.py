"""The demo's three relying parties."""

from pathlib import Path

import pytest

from idp.core import Core
from idp.demo.applications import APPLICATIONS, environment, register
from idp.oauth.models import Client
from idp.oauth.registry import Registry


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "demo" / "applications.json"


def test_secrets_are_kept_for_the_next_time(demo_core: Core, file: Path) -> None:
    first = register(demo_core, 8000, file)

    assert register(demo_core, 8000, file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    courses = Registry(demo_core).find("courses")
    assert courses
    assert courses.check_client_secret(first["courses"])
    assert courses.redirect_uris == (
        "http://127.0.0.1:8001/callback",
        "http://127.0.0.1:8001/login",
    )
    assert courses.post_logout_redirect_uris == ("http://127.0.0.1:8001/",)
    assert courses.first_party
    assert (courses.auth_method, courses.id_token_alg) == ("client_secret_basic", "ES256")


def test_only_those_that_need_it_see_the_business(demo_core: Core, file: Path) -> None:
    register(demo_core, 8000, file)

    registry = Registry(demo_core)
    scopes = {app.id: registry.find(app.id) for app in APPLICATIONS}

    assert {name for name, found in scopes.items() if found and "business" in found.scopes} == {
        "contracts",
        "jobs",
    }


def test_registrations_follow_the_ports(demo_core: Core, file: Path) -> None:
    first = register(demo_core, 8000, file)

    assert register(demo_core, 9000, file) == first
    jobs = Registry(demo_core).find("jobs")
    assert jobs
    assert jobs.redirect_uris[0] == "http://127.0.0.1:9003/callback"
    assert jobs.post_logout_redirect_uris == ("http://127.0.0.1:9003/",)
    assert jobs.backchannel_logout_uri == "http://127.0.0.1:9003/backchannel-logout"


def test_a_demo_of_an_earlier_version_learns_where_to_tell_a_logout(
    demo_core: Core, file: Path
) -> None:
    first = register(demo_core, 8000, file)
    with demo_core.writing():
        demo_core.db.get_one(Client, "courses").backchannel_logout_uri = None

    assert register(demo_core, 8000, file) == first

    courses = Registry(demo_core).find("courses")
    assert courses
    assert courses.backchannel_logout_uri == "http://127.0.0.1:8001/backchannel-logout"


def test_a_lost_secret_is_replaced(demo_core: Core, file: Path) -> None:
    first = register(demo_core, 8000, file)
    file.unlink()

    second = register(demo_core, 8000, file)

    assert all(first[name] != second[name] for name in first)
    jobs = Registry(demo_core).find("jobs")
    assert jobs
    assert jobs.check_client_secret(second["jobs"])


def test_strangers_are_told_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_MAIL__PASSWORD_FILE", "/secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret@host/name")

    told = environment(APPLICATIONS[0], "http://127.0.0.1:8000", 8000, Path("x"))

    assert not any("secret" in value for value in told.values())
    assert (told["PORT"], told["CLIENT_ID"]) == ("8001", "courses")
