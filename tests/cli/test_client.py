"""Applications from the command line."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.cli.conftest import Run

CALLBACK = ("--redirect-uri", "https://app.example/callback")
SHOP = ("client", "add", "--name", "Laden", *CALLBACK)


def listed(idp: Run) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(idp("client", "list", "--json").output)
    return found


def test_a_client_gets_an_id_and_a_secret(installed: Run) -> None:
    done = installed(*SHOP)

    lines = dict(line.split("  ") for line in done.output.splitlines())
    assert done.exit_code == 0
    assert set(lines) == {"client_id", "client_secret"}
    assert len(lines["client_secret"]) >= 43
    assert listed(installed)[0]["client_id"] == lines["client_id"]


def test_the_secret_is_shown_once(installed: Run) -> None:
    secret = json.loads(installed(*SHOP, "--json").output)["client_secret"]

    assert secret not in installed("client", "list").output
    assert secret not in installed("client", "list", "--json").output


def test_everything_that_may_be_said_is_kept(installed: Run) -> None:
    installed("resource", "add", "--uri", "urn:example:api", "--name", "Kurse")
    installed(
        *SHOP, "--redirect-uri", "http://127.0.0.1:9/cb",
        "--post-logout-redirect-uri", "https://app.example/",
        "--scope", "openid profile", "--scope", "business", "--scope", "openid",
        "--first-party", "--auth-method", "client_secret_post", "--alg", "RS256",
        "--grant-type", "authorization_code", "--no-pkce", "--purpose", "Waren bestellen",
        "--home-uri", "https://app.example/start", "--jwks-uri", "https://app.example/jwks",
        "--assertion-alg", "PS256", "--token-url-audience", "--request-object-alg", "ES256",
        "--default-max-age", "3600", "--offline", "--resource", "urn:example:api",
        "--backchannel-logout-uri", "https://app.example/bye",
    )  # fmt: skip

    facts = listed(installed)[0]
    del facts["client_id"]
    assert facts == {
        "name": "Laden",
        "state": "active",
        "purpose": "Waren bestellen",
        "auth_method": "client_secret_post",
        "redirect_uris": ["https://app.example/callback", "http://127.0.0.1:9/cb"],
        "post_logout_redirect_uris": ["https://app.example/"],
        "scopes": ["openid", "profile", "business"],
        "grant_types": ["authorization_code"],
        "id_token_alg": "RS256",
        "require_pkce": False,
        "first_party": True,
        "offline_allowed": True,
        "home_uri": "https://app.example/start",
        "jwks": None,
        "jwks_uri": "https://app.example/jwks",
        "assertion_alg": "PS256",
        "token_url_audience": True,
        "request_object_alg": "ES256",
        "default_max_age": 3600,
        "backchannel_logout_uri": "https://app.example/bye",
        "resources": ["urn:example:api"],
    }


def test_what_is_not_said_is_safe(installed: Run) -> None:
    installed(*SHOP)

    facts = listed(installed)[0]
    assert facts["scopes"] == ["openid"]
    assert facts["auth_method"] == "client_secret_basic"
    assert facts["id_token_alg"] == "ES256"
    assert facts["require_pkce"] is True
    assert facts["first_party"] is False
    assert facts["offline_allowed"] is False
    assert facts["token_url_audience"] is False
    assert facts["resources"] == []


def test_a_public_client_has_no_secret(installed: Run) -> None:
    made = json.loads(installed(*SHOP, "--public", "--json").output)

    assert set(made) == {"client_id"}
    done = installed("client", "rotate-secret", made["client_id"])
    assert done.exit_code == 1
    assert "client_has_no_secret: This application has no secret." in done.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--redirect-uri", "http://app.example/cb"), "client_uri"),
        (("--scope", "everything"), "client_unknown_value"),
        (("--public", "--no-pkce"), "client_public_needs_pkce"),
        (("--public", "--grant-type", "client_credentials"), "client_public_has_no_credentials"),
        (("--name", " "), "client_name_missing"),
        (("--home-uri", ""), "client_uri"),
        (("--auth-method", "private_key_jwt"), "client_keys_missing"),
        (("--default-max-age", "-1"), "client_max_age"),
        (("--resource", "urn:nobody"), "resource_unknown"),
    ],
)
def test_a_mistake_is_named(installed: Run, words: tuple[str, ...], code: str) -> None:
    done = installed(*SHOP, *words)

    assert done.exit_code == 1
    assert done.output.startswith(f"{code}: ")
    assert "error." not in done.output
    assert "%(" not in done.output
    assert listed(installed) == []


def test_the_code_flow_needs_an_address(installed: Run) -> None:
    done = installed("client", "add", "--name", "Laden")

    assert done.exit_code == 1
    assert "client_redirect_uri_missing" in done.output


def test_a_service_needs_none(installed: Run) -> None:
    done = installed("client", "add", "--name", "Dienst", "--grant-type", "client_credentials")

    assert done.exit_code == 0


def test_public_and_a_method_with_a_secret_do_not_go_together(installed: Run) -> None:
    assert installed(*SHOP, "--public", "--auth-method", "client_secret_post").exit_code == 2


def test_a_new_secret_replaces_the_old(installed: Run) -> None:
    made = json.loads(installed(*SHOP, "--json").output)

    new = json.loads(installed("client", "rotate-secret", made["client_id"], "--json").output)

    assert new["client_id"] == made["client_id"]
    assert new["client_secret"] != made["client_secret"]


def test_a_client_is_disabled_and_enabled(installed: Run) -> None:
    client_id = json.loads(installed(*SHOP, "--json").output)["client_id"]

    assert installed("client", "disable", client_id).output == f"{client_id}  disabled\n"
    assert listed(installed)[0]["state"] == "disabled"
    assert installed("client", "enable", client_id).output == f"{client_id}  active\n"
    assert listed(installed)[0]["state"] == "active"
    assert installed("client", "disable", "nobody").exit_code == 1


def test_the_list_is_one_line_a_client(installed: Run) -> None:
    installed(*SHOP, "--scope", "openid")

    line = installed("client", "list").output
    assert line.endswith("  active  Laden  openid\n")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "keys.json"
    key = ECKey.generate_key("P-256").as_dict(private=False)
    file.write_text(json.dumps({"keys": [key | {"kid": "one"}]}))
    return file


def test_a_client_that_signs_brings_its_keys(installed: Run, key_file: Path) -> None:
    words = ("--auth-method", "private_key_jwt", "--jwks", str(key_file), "--json")
    made = json.loads(installed(*SHOP, *words).output)

    assert set(made) == {"client_id"}
    assert listed(installed)[0]["jwks"] == json.loads(key_file.read_text())


@pytest.mark.parametrize("text", ["no json", "[]", "\ufffd"])
def test_a_file_without_keys_is_refused(installed: Run, key_file: Path, text: str) -> None:
    key_file.write_text(text)

    done = installed(*SHOP, "--jwks", str(key_file))

    assert done.exit_code == 2
    assert "--jwks: no JSON" in done.output


def added(idp: Run, *words: str) -> str:
    return str(json.loads(idp(*SHOP, *words, "--json").output)["client_id"])


def test_what_is_said_changes_and_the_rest_stays(installed: Run) -> None:
    client_id = added(installed, "--first-party", "--home-uri", "https://app.example/start")
    before = listed(installed)[0]

    done = installed(
        "client", "change", client_id, "--name", "Markt", "--third-party", "--pkce",
        "--scope", "openid business", "--unset", "home_uri",
    )  # fmt: skip

    assert done.output == f"client_id  {client_id}\n"
    assert listed(installed)[0] == {
        **before, "name": "Markt", "first_party": False, "scopes": ["openid", "business"],
        "home_uri": None,
    }  # fmt: skip


def test_lists_can_be_emptied(installed: Run) -> None:
    client_id = added(installed, "--post-logout-redirect-uri", "https://app.example/")

    installed("client", "change", client_id, "--unset", "post_logout_redirect_uris")

    assert listed(installed)[0]["post_logout_redirect_uris"] == []


def test_a_client_that_needs_a_secret_from_now_on_gets_one(installed: Run) -> None:
    client_id = added(installed, "--public")

    done = installed("client", "change", client_id, "--auth-method", "client_secret_post", "--json")

    assert set(json.loads(done.output)) == {"client_id", "client_secret"}


def test_a_change_that_contradicts_itself_changes_nothing(installed: Run) -> None:
    client_id = added(installed, "--public")

    done = installed("client", "change", client_id, "--no-pkce", "--name", "Markt")

    assert done.exit_code == 1
    assert done.output.startswith("client_public_needs_pkce: ")
    assert listed(installed)[0]["name"] == "Laden"


def test_one_client_is_shown_like_in_the_list(installed: Run) -> None:
    client_id = added(installed)

    assert (
        json.loads(installed("client", "show", client_id, "--json").output) == listed(installed)[0]
    )
    lines = installed("client", "show", client_id).output.splitlines()
    assert f'client_id  "{client_id}"' in lines
    assert 'redirect_uris  ["https://app.example/callback"]' in lines
    assert installed("client", "show", "nobody").exit_code == 1
