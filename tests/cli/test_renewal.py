"""`idp account renew`: new passwords become due."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_account import added


def test_all_one_or_a_list_are_named(installed: Run, tmp_path: Path) -> None:
    added(installed)
    listed = tmp_path / "people.txt"
    listed.write_text("\ufeffanna@b.test\n\n")

    assert installed("account", "renew", "--all", "--dry-run").output == "1 accounts  policy\n"
    assert installed("account", "renew", "--from", str(listed)).output == "1 accounts  policy\n"
    assert installed("account", "renew", "anna@b.test").output == "0 accounts  policy\n"
    done = installed("account", "renew", "Anna@b.test", "--reason", "compromise", "--json")
    assert json.loads(done.output) == {"accounts": 1, "reason": "compromise"}


def test_a_day_names_a_group(installed: Run) -> None:
    added(installed)

    before = installed("account", "renew", "--changed-before", "2020-01-01", "--no-mail")
    after = installed("account", "renew", "--changed-before", "2999-01-01", "--no-mail")

    assert (before.output, after.output) == ("0 accounts  policy\n", "1 accounts  policy\n")


def test_a_list_of_nobody_and_nobody_at_all_are_mistakes(installed: Run, tmp_path: Path) -> None:
    added(installed)
    (empty := tmp_path / "empty.txt").write_text("\n")

    for words in (["--from", str(empty), "--all"], ["--dry-run"], []):
        assert installed("account", "renew", *words).exit_code == 1
    assert installed("account", "renew", "--all", "--dry-run").output == "1 accounts  policy\n"


def test_unknown_people_are_named_and_nothing_is_done(installed: Run) -> None:
    added(installed)

    done = installed("account", "renew", "anna@b.test", "otto@b.test")

    assert done.exit_code == 1
    assert "no such account: otto@b.test" in done.output
    assert installed("account", "renew", "--all", "--dry-run").output == "1 accounts  policy\n"


def test_nobody_named_is_refused(installed: Run) -> None:
    done = installed("account", "renew")

    assert done.exit_code == 1
    assert "--changed-before" in done.output
