"""Names on the command line are as good as those of the form."""

import json

import pytest

from tests.cli.conftest import Run


def add(idp: Run, given: str = "Anna", family: str = "Groß") -> tuple[int, str]:
    done = idp(
        "account", "add", "--email", "a@b.test", "--given-name", given, "--family-name", family,
        "--password-stdin", "--json", input="Ein gutes Wort 77!\n",
    )  # fmt: skip
    return done.exit_code, done.stderr + done.stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("x" * 101, "is longer than 100 characters"),
        ("An\nna", "U+000A"),
        ("An\x00na", "U+0000"),
        ("An\x1b[31mna", "U+001B"),
        ("\u202eannA", "U+202E"),
        ("An\u2066na", "U+2066"),
        ("An\u200bna", "U+200B"),
        ("An\u2028na", "U+2028"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(installed: Run, name: str, reason: str) -> None:
    for names in ({"given": name}, {"family": name}):
        code, told = add(installed, **names)

        assert code == 2
        assert reason in told
        assert f"--{next(iter(names))}-name" in told
    assert installed("account", "find", "a@b.test").exit_code == 1


def test_a_name_is_kept_composed_and_without_blanks_around(installed: Run) -> None:
    code, told = add(installed, " Zoe\u0308 ", "d\u2019Ávila-O\u2019Neill")

    assert code == 0
    assert json.loads(told)["state"] == "active"
