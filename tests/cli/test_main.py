"""The command itself: fast help, every mistake at once, refusals as sentences."""

import subprocess
import sys
from importlib import import_module

import click
import pytest

from idp.cli import COMMANDS
from tests.cli.conftest import Run


def test_help_lists_every_command_without_importing_any() -> None:
    code = (
        "import sys\nfrom idp.cli import main\ntry: main(['--help'])\n"
        "except SystemExit: print(sorted({'flask', 'sqlalchemy', 'granian'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.rstrip().endswith("[]")
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(idp: Run, name: str) -> None:
    done = idp(name, "--help")

    assert done.exit_code == 0
    assert f"Usage: idp {name}" in done.output
    assert isinstance(import_module(f"idp.cli.{COMMANDS[name].module}").command, click.Command)


def test_an_unknown_command_is_no_command(idp: Run) -> None:
    assert idp("nonsense").exit_code == 2


def test_every_mistake_of_the_configuration_is_told_and_nothing_is_done(
    idp: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_ISSUER", "http://example.com")
    monkeypatch.setenv("IDP_NONSENSE", "1")

    done = idp("migrate")

    assert done.exit_code == 2
    assert "IDP_NONSENSE: no such setting" in done.stderr
    assert "issuer: " in done.stderr


def test_a_refusal_is_a_sentence_and_exit_code_one(installed: Run) -> None:
    done = installed("account", "lock", "nobody@b.test")

    assert done.exit_code == 1
    assert done.stderr.startswith("account_unknown: There is no such account")


def test_a_weak_password_is_told_rule_by_rule(installed: Run) -> None:
    done = installed(
        "account", "add", "--email", "a@b.test", "--given-name", "A", "--family-name", "B",
        "--password-stdin", input="kurz\n",
    )  # fmt: skip

    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) > 2
    assert "kurz" not in done.stderr
