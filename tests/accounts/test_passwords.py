"""Setting a password: what is stored is read back, and old ones may be kept from coming back."""

from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select, text

from idp.accounts import activate, admin, change, links, login, register, reset, sessions
from idp.accounts.admin import Person
from idp.accounts.links import Purpose
from idp.accounts.login import Attempt
from idp.accounts.models import Account, FormerPassword, Link, State, UserSession
from idp.accounts.passwords import NotStored
from idp.accounts.register import Application
from idp.core import Core
from idp.errors import Busy, WeakPassword
from idp.outbox import OutboxRow
from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import OTHER_PASSWORD, PASSWORD, Member

NEW = ("Wetterhahn!52-Süd", "Fensterbrett?71-Ost", "Regenfass:94-West", "Dachrinne+16-Mitte")
# The password of everybody here, as other software hashed it.
BCRYPT = "$2b$04$2n8aWKnXH26Atk5gUw6P6.8D5WXEDsDEu.KzB.z4P5FpTPNpmv.sO"
# Each cuts a hash off that is being stored, as a column too short would.
SQLITE = """
CREATE TRIGGER too_short AFTER UPDATE OF password_hash ON account BEGIN
  UPDATE account SET password_hash = substr(new.password_hash, 1, 60) WHERE id = new.id;
END
"""
POSTGRESQL = """
CREATE FUNCTION too_short() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN new.password_hash := substr(new.password_hash, 1, 60); RETURN new; END';
CREATE TRIGGER too_short BEFORE UPDATE OF password_hash ON account
  FOR EACH ROW EXECUTE FUNCTION too_short()
"""


def break_storing(core: Core) -> None:
    sqlite = core.db.get_bind().dialect.name == "sqlite"
    core.db.execute(text(SQLITE if sqlite else POSTGRESQL))
    core.db.commit()


def stored(core: Core, account_id: str) -> str | None:
    people.fresh(core)
    return core.db.get_one(Account, account_id).password_hash


def rows(core: Core) -> list[int]:
    tables = (Account, Link, UserSession, OutboxRow, FormerPassword)
    found = [core.db.scalar(select(func.count()).select_from(table)) for table in tables]
    core.db.rollback()
    return [int(number or 0) for number in found]


def reset_link(core: Core, member: Member) -> str:
    with core.writing():
        account = core.db.get_one(Account, member.id)
        link = links.make(core, Purpose.RESET, account, core.settings.reset.link_ttl)
    return link.rpartition("/")[2]


def signed_in(core: Core, member: Member, password: str = PASSWORD) -> sessions.SignedIn:
    entered = login.enter(core, Attempt(member.email, password, "", ""))
    found = sessions.find(core, entered.token)
    assert found
    return found


def test_a_hash_that_does_not_arrive_whole_undoes_the_reset(
    both_app: Flask, both_core: Core
) -> None:
    member = people.member(both_app)
    token, before = reset_link(both_core, member), stored(both_core, member.id)
    break_storing(both_core)
    counted = rows(both_core)

    with pytest.raises(NotStored):
        reset.choose(both_core, token, OTHER_PASSWORD, "")

    assert stored(both_core, member.id) == before
    assert rows(both_core) == counted
    assert links.look(both_core, token).account_id == member.id


def test_a_hash_that_does_not_arrive_whole_undoes_the_activation(both_core: Core) -> None:
    core = both_core
    register.ask(core, Application("neu@beispiel.test", "de", {}))
    account = core.db.scalars(select(Account)).one()
    with core.writing():
        link = links.make(core, Purpose.ACTIVATE, account, core.settings.activation.link_ttl)
    break_storing(core)

    with pytest.raises(NotStored):
        activate.finish(core, link.rpartition("/")[2], PASSWORD, "")

    assert stored(core, account.id) is None
    assert core.db.get_one(Account, account.id).state == State.PENDING
    assert core.db.scalars(select(UserSession)).all() == []


def test_a_hash_that_does_not_arrive_whole_undoes_a_change_and_an_account(
    both_app: Flask, both_core: Core
) -> None:
    member = people.member(both_app)
    who, before = signed_in(both_core, member), stored(both_core, member.id)
    break_storing(both_core)
    counted = rows(both_core)

    with pytest.raises(NotStored):
        change.password(both_core, who, PASSWORD, OTHER_PASSWORD, "")
    with pytest.raises(NotStored):
        admin.add(both_core, Person("max@beispiel.test", "Max", "Muster"), PASSWORD)

    assert stored(both_core, member.id) == before
    assert rows(both_core) == counted


def test_whose_password_could_not_be_stored_is_told_and_can_try_again(
    app: Flask, core: Core, account: Member
) -> None:
    browser = Browser(app)
    page = browser.open(f"/k/{reset_link(core, account)}")
    break_storing(core)

    failed = page.send(password=OTHER_PASSWORD)
    core.db.execute(text("DROP TRIGGER too_short"))
    core.db.commit()

    assert failed.status == 500
    assert page.send(password=OTHER_PASSWORD).path == "/account"


def test_who_chooses_a_password_is_verified_by_what_is_stored(
    app: Flask, core: Core, account: Member
) -> None:
    before = stored(core, account.id)

    reset.choose(core, reset_link(core, account), f"{OTHER_PASSWORD}", "")

    after = str(stored(core, account.id))
    assert after != before
    assert core.hasher.verify(after, OTHER_PASSWORD)


# --- history


def keeping(core: Core, history: int) -> Core:
    password = core.settings.password.model_copy(update={"history": history})
    return replace(core, settings=core.settings.model_copy(update={"password": password}))


def choose(core: Core, member: Member, password: str) -> str:
    """Reset to a password; returns what is wrong with it, or nothing."""
    people.fresh(core)
    try:
        reset.choose(core, reset_link(core, member), password, "")
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
    core.db.get_one(Account, account.id).password_hash = core.hasher.taken_in(BCRYPT)
    core.db.commit()

    signed_in(core, account)

    assert str(stored(core, account.id)).startswith("$argon2id$")
    assert former(core) == 0
    assert choose(core, account, PASSWORD) == "reused"


# --- new parameters


def stronger() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)


def refuse(_secret: str) -> str:
    raise Busy


def test_confirming_the_password_renews_an_old_hash(
    app: Flask, core: Core, account: Member
) -> None:
    who = signed_in(core, account)
    people.counting(app)._argon2 = stronger()
    core = people.core_of(app)

    login.confirm(core, account.id, PASSWORD, "")

    assert "m=16,t=2" in str(stored(core, account.id))
    assert change.password(core, who, PASSWORD, OTHER_PASSWORD, "")


@pytest.mark.parametrize("deed", ["enter", "confirm"])
def test_when_there_is_no_time_to_renew_a_hash_people_get_in_nevertheless(
    app: Flask, core: Core, account: Member, deed: str
) -> None:
    hasher = people.counting(app)
    hasher._argon2 = stronger()
    hasher.renewed = refuse  # type: ignore[method-assign]
    core, before = people.core_of(app), stored(core, account.id)

    if deed == "enter":
        assert signed_in(core, account).account_id == account.id
    else:
        login.confirm(core, account.id, PASSWORD, "")

    assert stored(core, account.id) == before


def test_a_password_changed_while_its_hash_is_renewed_wins(
    app: Flask, core: Core, account: Member
) -> None:
    hasher = people.counting(app)
    hasher._argon2 = stronger()
    renewed = hasher.renewed

    def meanwhile(secret: str) -> str:
        with app.app_context():
            other = people.core_of(app)
            other.db.get_one(Account, account.id).password_hash = "another"
            other.db.commit()
        return renewed(secret)

    hasher.renewed = meanwhile  # type: ignore[method-assign]

    login.confirm(people.core_of(app), account.id, PASSWORD, "")

    assert stored(core, account.id) == "another"


def test_the_page_says_that_a_password_was_used_before(tmp_path: Path, clock: MovableClock) -> None:
    password = {"argon2_memory_kib": 8, "argon2_time": 1, "history": 2}
    app = built(settings_for(tmp_path, password=password), clock)
    member = people.member(app)
    with app.app_context():
        token = reset_link(people.core_of(app), member)

    page = Browser(app).open(f"/k/{token}").send(password=PASSWORD)

    assert (page.status, page.error_code) == (422, "weak_password")
    assert "Dieses Passwort haben Sie hier schon benutzt." in page.text
    assert page.send(password=OTHER_PASSWORD).path == "/account"
    dispose(app)
