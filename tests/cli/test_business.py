import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from idp.cli import main
from idp.core import Core
from idp.errors import NotAllowed
from idp.pin import ask, businesses
from idp.plugins import BusinessFacts
from idp.web.house import NAME
from tests.pin.situations import NUMBER, REGISTER, letters, register, states, with_pin

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *words, **more: CliRunner().invoke(main, list(words), obj=app, **more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "register.csv"
    path.write_text(REGISTER, "utf-8")
    return path


def test_an_import_says_what_it_did(run: Run, file: Path) -> None:
    assert run("business", "import", str(file), "--dry-run").stdout == (
        "4 would be created, 0 would be updated, 0 unchanged\n"
    )
    assert run("business", "import", str(file)).stdout == "4 created, 0 updated, 0 unchanged\n"
    assert run("business", "import", str(file)).stdout == "0 created, 0 updated, 4 unchanged\n"


def test_bad_rows_are_told_with_their_lines_and_nothing_is_imported(run: Run, file: Path) -> None:
    file.write_text(REGISTER + "12;;Firma;Weg 1;1067;Dresden;\n", "utf-8")

    result = run("business", "import", str(file))

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "line 6: postcode: is no German postcode (1067)",
        "line 6: number: is no business number here (12)",
        "nothing imported, 2 problems",
    ]


def test_a_program_reads_figures_and_problems(run: Run) -> None:
    good = run("business", "import", "-", "--json", input=REGISTER)
    bad = run("business", "import", "-", "--json", input="x;y\n")

    assert (good.exit_code, json.loads(good.stdout)["created"]) == (0, 4)
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["problems"][0]["code"] == "column_missing"


def test_one_pin_is_issued_by_number(run: Run, core: Core) -> None:
    register(core)

    result = run("pin", "issue", "--number", "1234567-001")

    (letter,) = letters(core)
    assert result.stdout == f"{letter['letter']}  1234567  001\n"
    assert letter["pin"] not in result.output


def test_pins_are_issued_for_all_that_are_entered(run: Run, core: Core) -> None:
    register(core)

    result = run("pin", "issue", "--all", "--json")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["number"], one["branch"]) for one in found] == [
        ("0000042", None), (NUMBER, None), (NUMBER, "001"),
    ]  # fmt: skip
    assert states(core) == ["requested"] * 3


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (NotAllowed("business_closed"), "business_closed: This business is no longer registered"),
        (OSError("away"), "OSError"),
    ],
)
def test_a_business_that_fails_does_not_stop_the_others(
    run: Run, core: Core, monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str
) -> None:
    register(core)
    issue = ask.issue

    def fails_once(core: Core, business: BusinessFacts) -> str:
        if (business.number, business.branch) == (NUMBER, None):
            raise failure
        return issue(core, business)

    monkeypatch.setattr(ask, "issue", fails_once)

    result = run("pin", "issue", "--all")

    assert result.exit_code == 1
    assert [line.split()[1:] for line in result.stdout.splitlines()] == [
        ["0000042"], [NUMBER, "001"],
    ]  # fmt: skip
    assert f"{NUMBER}: {told}" in result.stderr
    assert result.stderr.endswith("1 of 3 got no letter\n")


def test_a_business_closed_since_the_list_was_made_is_reported(
    run: Run, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(core)
    monkeypatch.setattr(businesses, "active", lambda _: [("7654321", None), ("0000042", None)])

    result = run("pin", "issue", "--all", "--json")

    assert (result.exit_code, json.loads(result.stdout)["number"]) == (1, "0000042")
    assert "7654321: business_closed" in result.stderr


def test_without_pins_no_business_is_tried(run: Run, core: Core, app: Flask) -> None:
    register(core)
    house = app.extensions[NAME]
    app.extensions[NAME] = replace(house, core=with_pin(core, enabled=False))

    result = run("pin", "issue", "--all")

    assert result.exit_code == 1
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["pin_disabled"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--number", "9999999"], "business_unknown"),
        (["--number", "7654321"], "business_closed"),
        (["--number", "x"], "number_invalid"),
    ],
)
def test_what_has_no_letter_fails(run: Run, core: Core, words: list[str], code: str) -> None:
    register(core)

    result = run("pin", "issue", *words)

    assert (result.exit_code, result.stderr.partition(":")[0]) == (1, code)


@pytest.mark.parametrize("words", [[], ["--all", "--number", "1"]])
def test_either_all_or_one(run: Run, words: list[str]) -> None:
    assert run("pin", "issue", *words).exit_code == 2
