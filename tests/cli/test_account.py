"""Accounts from the command line."""

import json

from click.testing import Result

from tests.cli.conftest import Run
from tests.mail.server import Postbox

PASSWORD = "Ein gutes Wort 77!"
ANNA = ("--email", "Anna@b.test", "--given-name", "Anna", "--family-name", "Groß")


def added(idp: Run, *more: str) -> Result:
    return idp("account", "add", *ANNA, "--password-stdin", *more, input=f"{PASSWORD}\n")


def test_an_account_with_a_password_is_active(installed: Run) -> None:
    done = added(installed, "--json")

    facts = json.loads(done.output)
    assert done.exit_code == 0
    assert set(facts) == {"sub", "email", "state"}
    assert facts["email"] == "Anna@b.test"
    assert facts["state"] == "active"
    assert PASSWORD not in done.output


def test_an_account_without_a_password_gets_a_link(mailing: Run, postbox: Postbox) -> None:
    done = mailing("account", "add", *ANNA)
    mailing("worker", "--once")

    assert done.output.endswith("Anna@b.test  pending\n")
    assert "/k/" in postbox.mails[0].get_body(("plain",)).get_content()


def test_accounts_are_found_by_address_and_by_id(installed: Run) -> None:
    sub = json.loads(added(installed, "--json").output)["sub"]

    for who in (sub, "anna@B.test"):
        assert json.loads(installed("account", "find", who, "--json").output)["sub"] == sub
    assert installed("account", "find", "nobody").exit_code == 1


def test_an_account_can_be_locked_and_unlocked(installed: Run) -> None:
    added(installed)

    locked = installed("account", "lock", "anna@b.test")
    again = installed("account", "lock", "anna@b.test")
    unlocked = installed("account", "unlock", "anna@b.test")

    assert locked.output.endswith("locked\n")
    assert again.exit_code == 1
    assert unlocked.output.endswith("active\n")
