"""Passwords of people who moved: hashes of other software open their accounts, and none other."""

from pathlib import Path

import pytest

from idp.accounts.models import Account
from idp.accounts.moving.left import left
from idp.core import Core
from idp.errors import WrongCredentials
from tests.accounts.files import (
    HASHES,
    HEAD,
    NOTHING,
    counts,
    enter,
    imported,
    problems,
    row,
    table,
    written,
)
from tests.people import PASSWORD, Member


def test_people_bring_their_passwords_along(both_core: Core, tmp_path: Path) -> None:
    core = both_core
    hashes = dict(enumerate(HASHES.values()))
    text = HEAD + "".join(row(number, hash=value) for number, value in hashes.items()) + row(9)

    report = imported(core, written(tmp_path, text))

    assert (problems(report), report.rows, dict(report.kinds)) == (
        [], 5, {**dict.fromkeys(HASHES, 1), "none": 1},
    )  # fmt: skip
    assert counts(core) == {**NOTHING, "account": 5, "account_name": 10, "account_import": 1}
    assert left(core) == {**dict.fromkeys(HASHES, 1), "none": 1}
    for number in hashes:
        assert enter(core, f"p{number}@beispiel.test")
    assert left(core) == {"none": 1, "own": 4}
    for number in hashes:
        assert enter(core, f"p{number}@beispiel.test")


@pytest.mark.parametrize("typed", [f" {PASSWORD}", f"{PASSWORD}\t"])
def test_blanks_that_other_software_ignored_do_not_matter(
    core: Core, mover: Member, typed: str
) -> None:
    assert enter(core, mover.email, typed) == mover.id


def test_blanks_that_other_software_hashed_count_once_more(core: Core, mover: Member) -> None:
    spaced = core.hasher.taken_in("$2b$04$lIIYG2m6/nFMG0yQvNUVne6KeLlQHKkYeLaB61Hy445ATSwZdfLcK")
    core.db.get_one(Account, mover.id).password_hash = spaced
    core.db.commit()

    assert enter(core, mover.email, f"{PASSWORD} ") == mover.id
    assert enter(core, mover.email, PASSWORD) == mover.id


def test_a_wrong_password_replaces_no_hash(core: Core, mover: Member) -> None:
    with pytest.raises(WrongCredentials):
        enter(core, mover.email, "Falscher-Ofen-38")

    assert left(core) == {"bcrypt": 1}


def test_a_hash_whose_importer_is_gone_opens_nothing_and_is_counted(
    core: Core, mover: Member
) -> None:
    core.db.get_one(Account, mover.id).password_hash = f"acme:{HASHES['bcrypt']}"
    core.db.commit()

    with pytest.raises(WrongCredentials):
        enter(core, mover.email)
    assert left(core) == {"unknown": 1}


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("$argon2id$v=19$m=2000000,t=1,p=1$c29tZXNhbHQ$" + "A" * 43, "hash_costly"),
        ("$2b$15$" + "a" * 53, "hash_costly"),
        ("pbkdf2_sha256$2000001$salz$" + "A" * 43 + "=", "hash_costly"),
        ("$6$rounds=1000001$salz$" + "a" * 86, "hash_costly"),
        ("$2b$10$kurz", "hash_invalid"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "hash_unknown"),
        (PASSWORD, "hash_unknown"),
    ],
)
def test_hostile_hashes_are_refused_where_they_come_in_and_where_they_are_used(
    core: Core, account: Member, tmp_path: Path, encoded: str, code: str
) -> None:
    report = imported(core, written(tmp_path, table(range(1), hash=encoded)))

    assert problems(report) == [(2, "password_hash", code)]
    for name in HASHES:
        core.db.get_one(Account, account.id).password_hash = f"{name}:{encoded}"
        core.db.commit()
        with pytest.raises(WrongCredentials):
            enter(core, account.email)
