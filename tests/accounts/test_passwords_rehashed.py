"""New parameters of hashing: old hashes are renewed on the way, and nobody stays outside."""

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import update

from idp.accounts import change, login
from idp.accounts.models import Account
from idp.core import Core
from idp.errors import Busy
from tests import people
from tests.accounts.files import HASHES
from tests.accounts.passwords import break_storing, signed_in, stored
from tests.people import OTHER_PASSWORD, PASSWORD, Member


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


def test_a_new_hash_that_the_database_cuts_off_leaves_the_old_one(
    both_core: Core, both_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    core, member = both_core, people.member(both_app)
    foreign = f"bcrypt:{HASHES['bcrypt']}"
    core.db.execute(update(Account).values(password_hash=foreign))
    core.db.commit()
    break_storing(core)

    for _ in range(2):
        assert signed_in(core, member).account_id == member.id

    assert stored(core, member.id) == foreign
    assert "the old one stays" in caplog.text
