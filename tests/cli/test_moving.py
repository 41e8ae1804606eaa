"""`idp account import` as an operator uses it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from idp import hashing, legacy
from idp.accounts.models import Account
from idp.accounts.moving import load
from idp.cli import main, moving
from idp.core import Core
from tests import people
from tests.accounts.files import HASHES, counts, written

Run = Callable[..., Result]
HEAD = "email;given_name;family_name;password_hash;old_email\n"


def row(number: int, encoded: str = "") -> str:
    return f"p{number}@beispiel.test;Paula;Person;{encoded};\n"


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *words: CliRunner().invoke(main, ["account", "import", *words], obj=app)


@pytest.fixture
def file(tmp_path: Path) -> str:
    rows = row(0) + row(1, HASHES["bcrypt"]) + row(2, HASHES["pbkdf2"])
    return str(written(tmp_path, HEAD + rows))


def test_an_import_says_what_it_would_do_and_what_it_did(run: Run, file: str, core: Core) -> None:
    dry = run(file, "--dry-run")
    wet = run(file, "--expect-rows", "3")

    kinds = "password hashes: 1 bcrypt, 1 none, 1 pbkdf2\n"
    assert (dry.exit_code, dry.stdout) == (0, f"3 accounts would be imported; {kinds}")
    assert (wet.exit_code, wet.stdout) == (0, f"3 accounts imported; {kinds}")
    assert dry.stderr + wet.stderr == ""
    assert counts(core)["account"] == 3


@pytest.mark.parametrize("encoding", [*moving.ENCODINGS, None])
def test_an_old_encoding_is_read_when_it_is_named(
    run: Run, tmp_path: Path, core: Core, encoding: str | None
) -> None:
    text = HEAD + "anna@beispiel.test;Änne;Großmüller;;\n"
    path = str(written(tmp_path, text, encoding=encoding or "cp1252"))

    result = run(path, *(["--encoding", encoding] if encoding else []))

    assert result.exit_code == 0, result.stderr
    account = core.db.query(Account).one()
    assert (account.given_name, account.family_name) == ("Änne", "Großmüller")


def test_a_file_read_otherwise_is_another_import(run: Run, tmp_path: Path) -> None:
    path = str(written(tmp_path, HEAD + "anna@beispiel.test;Änne;Groß;;\n", encoding="cp850"))

    assert run(path, "--dry-run", "--encoding", "ebcdic").exit_code == 2
    assert run(path).exit_code == 0
    again = run(path, "--encoding", "cp850")

    assert "an account has this address already" in again.stderr


def test_the_same_file_again_and_a_dry_run_leave_the_report_as_it_is(
    run: Run, file: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    report.touch(mode=0o644)
    run(file, "--report", str(report))
    told = report.read_text()
    assert told.count("imported") == 3

    assert run(file, "--report", str(report)).exit_code == 0
    assert report.read_text() == told
    fresh = str(written(tmp_path, HEAD + row(7), "fresh.csv"))
    assert run(fresh, "--dry-run", "--report", str(report)).exit_code == 0
    assert report.read_text() == told
    assert report.stat().st_mode & 0o777 == 0o600


def test_empty_lines_before_the_header_do_no_harm(run: Run, tmp_path: Path) -> None:
    told = run(str(written(tmp_path, f"\n\n{HEAD}{row(0)}keine;A;B;;\n")))

    assert told.stderr.splitlines()[0] == "line 5: email: is no e-mail address"


def test_the_same_file_again_is_told_and_no_failure(run: Run, file: str) -> None:
    run(file)

    again = run(file)

    assert again.exit_code == 0
    assert again.stdout.startswith("this file was imported before, on 20")


def test_wrong_rows_are_told_with_line_and_column_and_never_with_the_value(
    run: Run, tmp_path: Path, core: Core
) -> None:
    text = HEAD + row(0, "md5-geheim") + "keine;Ann\u202ea;;;\n" + row(0)

    result = run(str(written(tmp_path, text)))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "line 2: password_hash: is no hash of a known kind",
        "line 3: email: is no e-mail address",
        "line 3: given_name: has characters that cannot be printed",
        "nothing imported, 3 problems",
    ]
    assert counts(core)["account"] == 0


def test_of_many_problems_the_rest_is_counted(run: Run, tmp_path: Path) -> None:
    text = HEAD + "".join(f"x{number};;;;\n" for number in range(60))

    result = run(str(written(tmp_path, text)))

    assert result.stderr.splitlines()[-2:] == [
        "and 10 more: is no e-mail address", "nothing imported, 60 problems",
    ]  # fmt: skip


def test_gates_are_told_without_a_line(run: Run, file: str) -> None:
    rows, checksum = run(file, "--expect-rows", "4"), run(file, "--sha256", "00")

    assert rows.stderr.startswith("the file has another number of rows\n")
    assert checksum.stderr.startswith("the file is not the one with this checksum\n")
    assert (rows.exit_code, checksum.exit_code) == (1, 1)


def test_a_program_reads_figures_and_problems(run: Run, file: str, tmp_path: Path) -> None:
    bad = run(str(written(tmp_path, "email;x\nkeine;y\n", "bad.csv")), "--json")
    good, again = run(file, "--json"), run(file, "--json")

    assert json.loads(good.stdout) == {
        "rows": 3, "imported": 3, "resumed": 0, "kinds": {"bcrypt": 1, "none": 1, "pbkdf2": 1},
        "problems": [], "unknown_columns": [], "imported_at": None,
    }  # fmt: skip
    assert json.loads(again.stdout)["imported"] == 0
    assert json.loads(again.stdout)["imported_at"]
    told = json.loads(bad.stdout)
    assert (bad.exit_code, told["imported"], told["unknown_columns"]) == (1, 0, ["x"])
    assert told["problems"] == [{"line": 2, "column": "email", "code": "email_invalid"}]


def test_columns_that_nobody_reads_are_named(run: Run, tmp_path: Path) -> None:
    result = run(str(written(tmp_path, "email;Schuhe\na@b.test;43\n")), "--dry-run")

    assert (result.exit_code, result.stderr) == (0, "column schuhe: nobody reads it\n")


def test_rows_of_an_import_that_broke_off_are_told(
    run: Run, file: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "CHUNK", 2)

    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        load.load(people.core_of(app), load.Order(Path(file)), stop)

    result = run(file)

    assert result.stdout.splitlines()[0] == "1 rows were there from an import that broke off"


def test_a_report_is_written(run: Run, file: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"

    assert run(file, "--report", str(out)).exit_code == 0

    assert len(out.read_text().splitlines()) == 4


@pytest.mark.parametrize("words", [["--status"], ["--report"]])
def test_what_is_still_to_be_replaced_is_counted(run: Run, file: str, words: list[str]) -> None:
    assert run(*words).stdout == "0 to be replaced at the next sign-in, 0 without one\n"
    run(file)

    told, read = run(*words), run(*words, "--json")

    assert told.stdout.splitlines() == [
        "        1  bcrypt", "        1  none", "        1  pbkdf2",
        "2 to be replaced at the next sign-in, 1 without one",
    ]  # fmt: skip
    assert json.loads(read.stdout) == {"bcrypt": 1, "none": 1, "pbkdf2": 1}


def test_without_a_file_there_is_nothing_to_import(run: Run, file: str) -> None:
    assert "Missing argument 'FILE'" in run().stderr
    assert run("gibtsnicht.csv").exit_code == 2
    needs = run(file, "--report", "--json")
    assert (needs.exit_code, "--report needs" in needs.stderr) == (2, True)


def test_a_report_never_takes_the_place_of_what_is_read(run: Run, file: str) -> None:
    before = Path(file).read_bytes()

    done = run(file, "--report", file)

    assert (done.exit_code, "would overwrite" in done.stderr) == (2, True)
    assert Path(file).read_bytes() == before
    assert run("--report", file).exit_code == 2
    assert Path(file).read_bytes() == before


def test_two_at_once_are_told_apart(run: Run, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load.stage, "add", refuse)

    result = run(file)

    assert (result.exit_code, result.stderr) == (
        1, "import_running: This file is being imported already.\n",
    )  # fmt: skip


def refuse(*_: object, **__: object) -> None:
    raise load.publish.NotAllowed("import_running")


def test_a_terminal_sees_how_far_it_is(
    run: Run, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "watched", lambda: True)

    assert "Importing" in run(file).stderr
    assert "Importing" not in run(file, "--json").stderr


CODES = re.compile(r'(?:Odd|HashRefused|RowProblem)\((?:[^()]*, )?"([a-z_]+)"\)')


def test_every_problem_has_its_words() -> None:
    modules = [*Path(load.__file__).parent.glob("*.py"), Path(hashing.__file__),
               *Path(legacy.__file__).parent.glob("*.py")]  # fmt: skip

    codes = {code for module in modules for code in CODES.findall(module.read_text())}

    assert len(codes) > 15
    assert codes <= set(moving.WORDS)
