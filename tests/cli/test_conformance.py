"""An installation for the conformance suite: seeded from the command line, and nowhere else."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from idp.app import create_app
from idp.cli import suite
from idp.oauth.claims import SCOPE_CLAIMS, STANDARD
from idp.oauth.models import Client
from idp.settings import load
from idp.web.house import NAME
from tests.browser import Browser, Left
from tests.cli.conftest import Run
from tests.cli.player import Player
from tests.conftest import dispose
from tests.relying_party import Portal, answered

ISSUER = "https://op.test:9443"
SUITE = "https://suite.test:8443"
SEED = ("conformance", "seed", "--suite", SUITE)


@pytest.fixture
def seeding(idp: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`idp`, on an empty installation of this profile."""
    monkeypatch.setenv("IDP_CONFIG", "conformance")
    monkeypatch.setenv("IDP_ISSUER", ISSUER)
    assert idp("init").exit_code == 0
    return idp


def seeded(idp: Run, *more: str) -> dict[str, Any]:
    done = idp(*SEED, *more)
    assert done.exit_code == 0, done.output
    documents: dict[str, Any] = json.loads(done.output)
    return documents


@pytest.fixture
def running(seeding: Run) -> Iterator[tuple[dict[str, Any], Flask]]:
    """The documents, and the application that they are about."""
    documents = seeded(seeding)
    app = create_app(load())
    yield documents, app
    dispose(app)


Running = tuple[dict[str, Any], Flask]


def portal_of(app: Flask, document: dict[str, Any], name: str = "client") -> Portal:
    """Return a client as the suite knows it."""
    given = document[name]
    with app.app_context():
        found = app.extensions["idp.oauth"].registry.find(given["client_id"])
    assert found
    uri = f"{SUITE}/test/a/{document['alias']}/callback"
    return Portal(app, found, given["client_secret"], uri, " ".join(found.scopes))


# --- only there


def test_no_other_installation_is_seeded(installed: Run) -> None:
    done = installed(*SEED)

    assert done.exit_code == 1
    assert "IDP_CONFIG=conformance" in done.output
    assert json.loads(installed("client", "list", "--json").output) == []


def test_what_is_loosened_is_in_this_profile_alone() -> None:
    usual, loosened = load("b"), load("conformance")

    assert not usual.oauth.conformance
    assert usual.oauth.nonce_without_pkce == "required"
    assert usual.outbound.allowed == ()
    assert loosened.oauth.conformance
    assert loosened.oauth.nonce_without_pkce == "optional"
    assert loosened.limits.per_ip == "on"
    assert loosened.database.url != usual.database.url
    assert loosened.keys.dir != usual.keys.dir


def test_check_warns_of_what_is_loosened(seeding: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [line for line in seeding("check").output.splitlines() if " oauth " in line]
    assert [line.startswith("warn") for line in told] == [True, True]

    monkeypatch.setenv("IDP_CONFIG", "b")
    assert not [line for line in seeding("check").output.splitlines() if " oauth " in line]


def test_check_warns_of_a_nonce_that_may_be_missing_elsewhere(
    installed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_OAUTH__NONCE_WITHOUT_PKCE", "optional")

    assert "warn  oauth       oauth.nonce_without_pkce" in installed("check").output


# --- what is made


def test_the_clients_are_what_the_suite_expects_of_static_ones(running: Running) -> None:
    documents, app = running

    with app.app_context():
        core = app.extensions[NAME].core
        rows = {row.id: row for row in core.db.query(Client)}
    main = documents["hwk-idp"]
    names = [main[name]["client_id"] for name in ("client", "client2", "client_secret_post")]

    assert len(set(names)) == 3
    for row in rows.values():
        alias = "hwk-idp" if row.id in names else "hwk-idp-bcl"
        base = f"{SUITE}/test/a/{alias}"
        assert row.redirect_uris == [f"{base}/callback"]
        assert row.post_logout_redirect_uris == [f"{base}/post_logout_redirect"]
        assert row.id_token_alg == "RS256"
        assert set(row.scopes) == {"openid", *STANDARD, "offline_access"}
        assert row.grant_types == ["authorization_code", "refresh_token"]
        assert not row.first_party
        assert not row.require_pkce
    assert rows[names[2]].auth_method == "client_secret_post"
    told = {row.backchannel_logout_uri for row in rows.values()}
    assert told == {None, f"{SUITE}/test/a/hwk-idp-bcl/backchannel_logout"}


def test_the_person_has_every_standard_claim_and_nothing_due(running: Running) -> None:
    documents, app = running
    portal = portal_of(app, documents["hwk-idp"])
    plain = {"nonce": None, "code_challenge": None, "code_challenge_method": None}

    end = Player(documents["hwk-idp"], Browser(app)).play(portal.authorization(**plain))
    answer = answered(Left(end))
    tokens = portal.post({"grant_type": "authorization_code", "code": answer["code"],
                          "redirect_uri": portal.redirect_uri}).json or {}  # fmt: skip
    said = portal.userinfo(tokens["access_token"]).json or {}

    assert set(said) - {"sub"} == {name for scope in STANDARD for name in SCOPE_CLAIMS[scope]}
    assert said["email_verified"] is True
    assert said["phone_number_verified"] is True


def test_a_second_run_replaces_the_first(seeding: Run) -> None:
    first, second = seeded(seeding), seeded(seeding)

    clients = json.loads(seeding("client", "list", "--json").output)
    assert len(clients) == 4
    for alias, document in second.items():
        assert document["client"]["client_id"] == first[alias]["client"]["client_id"]
        assert document["client"]["client_secret"] != first[alias]["client"]["client_secret"]
    assert len(seeding("account", "find", "erika@example.test").output.splitlines()) == 1


def test_other_aliases_stand_side_by_side(seeding: Run) -> None:
    seeded(seeding)
    other = seeded(seeding, "--alias", "zweite")

    assert set(other) == {"zweite", "zweite-bcl"}
    assert len(json.loads(seeding("client", "list", "--json").output)) == 8


def test_a_password_may_be_given_and_is_judged(seeding: Run) -> None:
    good = "Prüf-Passwort-2026!"

    assert good in json.dumps(seeded(seeding, "--password", good), ensure_ascii=False)
    done = seeding(*SEED, "--password", "kurz")
    assert done.exit_code == 1
    assert "weak_password: The password needs at least 12 characters." in done.output


def test_an_address_that_is_none_is_refused_and_nothing_is_made(seeding: Run) -> None:
    done = seeding("conformance", "seed", "--suite", "http://suite.test")

    assert done.exit_code == 1
    assert "client_uri" in done.output
    assert json.loads(seeding("client", "list", "--json").output) == []
    assert seeding("account", "find", "erika@example.test").exit_code == 1


# --- what is written


def test_the_files_are_for_their_owner_and_each_plan_names_one(
    seeding: Run, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "folder"

    first = seeding(*SEED, "--out", str(out))
    again = json.loads(seeding(*SEED, "--out", str(out), "--json").output)

    lines = dict(line.split("  ") for line in first.output.splitlines())
    assert lines == again
    assert set(lines) == {*suite.PLANS, *suite.BACKCHANNEL_PLANS}
    for plan, file in lines.items():
        path = Path(file)
        assert path.parent == out
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        document = json.loads(path.read_text(encoding="utf-8"))
        assert document["alias"] == path.stem
        assert ("backchannel" in plan) is (document["alias"] == "hwk-idp-bcl")


def test_the_suite_finds_us_and_knows_its_clients(seeding: Run) -> None:
    for alias, document in seeded(seeding).items():
        assert document["alias"] == alias
        assert document["server"]["discoveryUrl"] == f"{ISSUER}/.well-known/openid-configuration"
        assert document["server"]["login_hint"] == "erika@example.test"
        assert {"client_id", "client_secret"} == set(document["client"])


COMMANDS = {
    "text": r'\["text", "name", "[a-z]+", ".+"\]',
    "click": r'\["click", "id", "[a-z]+"(, "optional")?\]',
    "wait": r'\["wait", "(id|css|contains)", "[^"]+", 10(, ".+", "update-image-placeholder.*")?\]',
}


def tasks_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    entries = [*document["browser"]]
    for override in document["override"].values():
        entries += override["browser"]
    return [task for entry in entries for task in entry["tasks"]]


def test_every_task_is_written_as_the_suite_reads_it(seeding: Run) -> None:
    document = seeded(seeding)["hwk-idp"]

    for task in tasks_of(document):
        assert set(task) == {"task", "match", "optional", "commands"}
        for command in task["commands"]:
            assert re.fullmatch(COMMANDS[command[0]], json.dumps(command)), command


def test_every_module_that_must_end_at_a_page_keeps_that_page(seeding: Run) -> None:
    document = seeded(seeding)["hwk-idp"]

    for module, override in document["override"].items():
        kept = [command for entry in override["browser"] for task in entry["tasks"]
                for command in task["commands"] if "update-image" in str(command)]  # fmt: skip
        assert len(kept) == 1, module
    assert len(document["override"]) == 11


# --- played against ourselves


def test_the_suites_browser_signs_in_and_allows(running: Running) -> None:
    documents, app = running
    for document in documents.values():
        portal = portal_of(app, document)

        end = Player(document, Browser(app)).play(portal.authorization())

        assert end.startswith(f"{portal.redirect_uri}?code=")


@pytest.mark.parametrize("module", suite.AGAIN)
def test_a_second_sign_in_keeps_the_login_page(running: Running, module: str) -> None:
    document, app = running[0]["hwk-idp"], running[1]
    portal = portal_of(app, document)
    player = Player(document, Browser(app), module)
    player.play(portal.authorization())

    player.play(portal.authorization(prompt="login"))

    assert [page.path for page in player.kept] == ["/login", "/login"]


@pytest.mark.parametrize("module", suite.REFUSED)
def test_an_unknown_address_ends_at_the_error_page(running: Running, module: str) -> None:
    document, app = running[0]["hwk-idp"], running[1]
    portal = portal_of(app, document)
    player = Player(document, Browser(app), module)

    player.play(portal.authorization(redirect_uri=f"{portal.redirect_uri}/other"))

    assert player.kept[0].error_code


def test_a_sign_out_ends_at_the_suite(running: Running) -> None:
    document, app = running[0]["hwk-idp"], running[1]
    portal = portal_of(app, document)
    player = Player(document, Browser(app))
    tokens = portal.tokens(answered(Left(player.play(portal.authorization()))))

    end = player.play(leave(portal, id_token_hint=tokens["id_token"], state="s"))

    assert end == f"{after(portal)}?state=s"


@pytest.mark.parametrize("module", suite.LOGOUT_REFUSED)
def test_a_sign_out_that_may_not_go_on_ends_at_a_page_of_ours(
    running: Running, module: str
) -> None:
    document, app = running[0]["hwk-idp"], running[1]
    portal = portal_of(app, document)
    player = Player(document, Browser(app), module)
    player.play(portal.authorization())

    player.play(leave(portal, id_token_hint=None if "no-id" in module else "x.y.z"))

    assert {"error-code", "confirm"} & set(player.kept[0].ids)


@pytest.mark.parametrize("module", suite.LOGGED_OUT)
def test_a_sign_out_to_nowhere_keeps_the_page_that_says_so(running: Running, module: str) -> None:
    document, app = running[0]["hwk-idp"], running[1]
    portal = portal_of(app, document)
    player = Player(document, Browser(app), module)
    player.play(portal.authorization())

    player.play("/oauth/logout")

    assert player.kept[0].status == 200
    assert "post_logout_redirect" not in player.kept[0].url


def after(portal: Portal) -> str:
    return portal.client.post_logout_redirect_uris[0]


def leave(portal: Portal, **parameters: str | None) -> str:
    values = {"post_logout_redirect_uri": after(portal), **parameters}
    return "/oauth/logout?" + urlencode({k: v for k, v in values.items() if v is not None})
