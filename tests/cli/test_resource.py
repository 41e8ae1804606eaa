"""APIs from the command line."""

import json

from tests.cli.conftest import Run

KURSE = ("resource", "add", "--uri", "https://api.example/", "--name", "Kurse")


def test_an_api_is_added_and_listed(installed: Run) -> None:
    client = json.loads(
        installed(
            "client", "add", "--name", "API", "--grant-type", "client_credentials", "--json"
        ).output
    )

    made = installed(*KURSE, "--business", "--client", client["client_id"], "--json")

    facts = {
        "uri": "https://api.example/",
        "name": "Kurse",
        "business": True,
        "client_id": client["client_id"],
    }
    assert json.loads(made.output) == facts
    assert json.loads(installed("resource", "list", "--json").output) == [facts]
    line = f"https://api.example/  Kurse  business  {client['client_id']}\n"
    assert installed("resource", "list").output == line


def test_what_is_not_said_is_not_given(installed: Run) -> None:
    assert installed(*KURSE).output == "https://api.example/  Kurse\n"

    [facts] = json.loads(installed("resource", "list", "--json").output)
    assert facts["business"] is False
    assert facts["client_id"] is None


def test_every_refusal_is_a_sentence(installed: Run) -> None:
    installed(*KURSE)
    app = ("client", "add", "--name", "Laden", "--redirect-uri", "https://app.example/")
    installed(*app, "--resource", "https://api.example/")

    for words, code in (
        (KURSE, "resource_exists"),
        ((*KURSE, "--name", " "), "resource_name_missing"),
        ((*KURSE, "--uri", "api"), "resource_uri"),
        ((*KURSE, "--uri", "http://127.0.0.1:8000"), "resource_is_issuer"),
        ((*KURSE, "--uri", "urn:x", "--client", "nobody"), "client_missing"),
        (("resource", "remove", "urn:x"), "resource_unknown"),
        (("resource", "remove", "https://api.example/"), "resource_in_use"),
    ):
        done = installed(*words)
        assert done.exit_code == 1
        assert done.output.startswith(f"{code}: ")
        assert "error." not in done.output
        assert "%(" not in done.output


def test_an_api_is_removed(installed: Run) -> None:
    installed(*KURSE)

    assert installed("resource", "remove", "https://api.example/").exit_code == 0
    assert installed("resource", "list").output == ""
