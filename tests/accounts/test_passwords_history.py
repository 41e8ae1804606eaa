"""Old passwords: as many as the house wants do not come back."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from idp.accounts import renewal, reset
from idp.accounts.models import Account
from idp.accounts.renewal import Reason, Wanted
from idp.core import Core
from idp.errors import WeakPassword
from idp.worker import retention
from tests import people
from tests.accounts import mailed
from tests.accounts.files import HASHES
from tests.accounts.passwords import rows, signed_in, stored
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import OTHER_PASSWORD, PASSWORD, Member

NEW = ("Wetterhahn!52-Süd", "Fensterbrett?71-Ost", "Regenfass:94-West", "Dachrinne+16-Mitte")


def keeping(core: Core, history: int) -> Core:
    password = core.settings.password.model_copy(update={"history": history})
    return replace(core, settings=core.settings.model_copy(update={"password": password}))


def choose(core: Core, member: Member, password: str) -> str:
    """Reset to a password; returns what is wrong with it, or nothing."""
    people.fresh(core)
    try:
        reset.choose(core, mailed.reset(core, member.id), password, "")
    except WeakPassword as weak:
        return ", ".join(problem.code for problem in weak.problems)
    return ""


def former(core: Core) -> int:
    return rows(core)[-1]


def test_without_a_history_old_passwords_come_back_and_none_is_kept(
    core: Core, account: Member
) -> None:
    assert [choose(core, account, password) for password in (NEW[0], PASSWORD, PASSWORD)] == [
        ""
    ] * 3
    assert former(core) == 0


def test_a_history_of_one_refuses_the_present_password_alone(core: Core, account: Member) -> None:
    core = keeping(core, 1)

    assert choose(core, account, PASSWORD) == "reused"
    assert choose(core, account, NEW[0]) == ""
    assert choose(core, account, PASSWORD) == ""
    assert former(core) == 0


def test_the_last_passwords_are_refused_and_older_ones_forgotten(
    both_app: Flask, both_core: Core
) -> None:
    core, account = keeping(both_core, 3), people.member(both_app)
    for password in NEW[:3]:
        assert choose(core, account, password) == ""

    assert [choose(core, account, password) for password in NEW[:3]] == ["reused"] * 3
    assert former(core) == 2
    assert choose(core, account, PASSWORD) == ""
    assert former(core) == 2


def test_a_shorter_history_forgets_at_the_next_change(core: Core, account: Member) -> None:
    for password in NEW[:3]:
        choose(keeping(core, 5), account, password)
    assert former(core) == 3

    assert choose(keeping(core, 2), account, NEW[3]) == ""
    assert former(core) == 1
    assert choose(keeping(core, 0), account, PASSWORD) == ""
    assert former(core) == 0


@pytest.mark.parametrize("history", [0, 1, 2])
def test_a_password_that_others_may_know_never_comes_back(
    both_app: Flask, both_core: Core, history: int
) -> None:
    core, account = keeping(both_core, history), people.member(both_app)
    renewal.start(core, Wanted(Reason.COMPROMISE, (account.id,), tell=False))

    assert [choose(core, account, password) for password in NEW] == [""] * 4

    assert choose(core, account, PASSWORD) == "reused"
    assert choose(core, account, NEW[0]) == ""
    retention.once(core)
    assert choose(core, account, PASSWORD) == "reused"
    assert former(core) == 1 + max(0, history - 1)


def test_a_password_that_was_renewed_for_stricter_rules_is_not_kept(
    core: Core, account: Member
) -> None:
    renewal.start(core, Wanted(Reason.POLICY, (account.id,), tell=False))

    assert [choose(core, account, password) for password in (NEW[0], PASSWORD)] == [""] * 2
    assert former(core) == 0


def test_one_persons_history_is_not_anothers(app: Flask, core: Core, account: Member) -> None:
    core = keeping(core, 3)
    other = people.member(app, "max@beispiel.test", "Max")
    choose(core, account, NEW[0])

    assert choose(core, other, NEW[0]) == ""
    assert former(core) == 2
    core.db.delete(core.db.get_one(Account, other.id))
    core.db.commit()
    assert former(core) == 1


def test_blanks_around_an_old_password_do_not_make_it_new(core: Core, account: Member) -> None:
    core = replace(keeping(core, 2), policy=replace(core.policy, rules=()))

    assert choose(core, account, f" {PASSWORD} ") == "reused"


def test_a_password_that_breaks_rules_is_not_compared_with_old_ones(
    core: Core, account: Member
) -> None:
    codes = choose(keeping(core, 2), account, "kurz")

    assert codes
    assert "reused" not in codes


def test_a_renewed_hash_of_the_same_password_is_no_new_password(
    app: Flask, core: Core, account: Member
) -> None:
    core = keeping(core, 3)
    core.db.get_one(Account, account.id).password_hash = core.hasher.taken_in(HASHES["bcrypt"])
    core.db.commit()

    signed_in(core, account)

    assert str(stored(core, account.id)).startswith("$argon2id$")
    assert former(core) == 0
    assert choose(core, account, PASSWORD) == "reused"


def test_the_page_says_that_a_password_was_used_before(tmp_path: Path, clock: MovableClock) -> None:
    password = {"argon2_memory_kib": 8, "argon2_time": 1, "history": 2}
    app = built(settings_for(tmp_path, password=password), clock)
    member = people.member(app)
    with app.app_context():
        token = mailed.reset(people.core_of(app), member.id)

    page = Browser(app).open(f"/k/{token}").send(password=PASSWORD)

    assert (page.status, page.error_code) == (422, "weak_password")
    assert "Dieses Passwort haben Sie hier schon benutzt." in page.text
    assert page.send(password=OTHER_PASSWORD).path == "/account"
    dispose(app)


def test_what_others_change_drops_nothing_from_ones_history(
    app: Flask, core: Core, account: Member
) -> None:
    core = keeping(core, 2)
    other = people.member(app, "max@beispiel.test", "Max")
    choose(core, account, NEW[0])
    for password in NEW[:2]:
        choose(core, other, password)

    assert choose(core, account, PASSWORD) == "reused"


def test_a_password_that_one_person_lost_is_no_secret_told_to_another(
    app: Flask, core: Core, account: Member
) -> None:
    other = people.member(app, "max@beispiel.test", "Max")
    assert choose(core, other, NEW[0]) == ""
    renewal.start(core, Wanted(Reason.COMPROMISE, (account.id,), tell=False))
    choose(core, account, NEW[1])

    assert choose(core, other, PASSWORD) == ""
