"""Moving house: all accounts of a file or none, whatever happens meanwhile."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from idp.accounts import activate, admin, links, login, register
from idp.accounts.links import Purpose
from idp.accounts.login import Attempt
from idp.accounts.models import Account, AccountName, AuditEvent, State
from idp.accounts.moving import files, load, publish, stage
from idp.accounts.moving.left import left
from idp.accounts.moving.load import Order, Report
from idp.accounts.moving.models import AccountImport
from idp.accounts.register import Application
from idp.core import Core
from idp.errors import LinkDead, NotAllowed, WrongCredentials
from idp.worker import retention
from tests import people
from tests.accounts import files as house
from tests.accounts.files import HASHES, counts, imported, problems, written
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import PASSWORD, Member, Postbox

HEAD = "email;given_name;family_name;password_hash;email_verified;old_id;old_email\n"
NOTHING = {"account": 0, "account_name": 0, "account_import": 0, "account_import_row": 0,
           "account_import_name": 0}  # fmt: skip


def row(number: int, **more: str) -> str:
    cells = {
        "email": f"p{number}@beispiel.test", "given": "Paula", "family": f"Person {number}",
        "hash": "", "verified": "ja", "id": str(number), "old": f"p.{number}@alt.test", **more,
    }  # fmt: skip
    return ";".join(cells.values()) + "\n"


def table(numbers: range, **more: str) -> str:
    return HEAD + "".join(row(number, **more) for number in numbers)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two rows, windows of three: borders come soon."""
    monkeypatch.setattr(load, "CHUNK", 2)
    monkeypatch.setattr(stage, "WINDOW", 3)


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


def enter(core: Core, name: str, password: str = PASSWORD) -> str:
    core.db.expire_all()
    return login.enter(core, Attempt(name, password, "address:192.0.2.1", "")).account_id


def test_everything_that_the_file_says_is_stored(core: Core, tmp_path: Path) -> None:
    line = '{"email": "A@B.test", "firstName": "Ann", "lastName": "Bo", "sprache": "en", \
            "birthdate": "1980-12-31", "createdTimestamp": 1556704800000, "enabled": false}'

    imported(core, written(tmp_path, line, "a.jsonl"))

    account = core.db.scalars(select(Account)).one()
    assert (account.email, account.email_key, account.name) == ("A@b.test", "a@b.test", "Ann Bo")
    assert (account.state, account.locale) == (State.DISABLED, "en")
    assert account.claims == {"birthdate": "1980-12-31"}
    assert account.created_at.isoformat() == "2019-05-01T10:00:00+00:00"
    assert (account.email_verified_at, account.password_hash) == (None, None)
    assert (account.must_change, account.terms_version, account.password_changed_at) == (None,) * 3
    event = core.db.scalars(select(AuditEvent)).one()
    assert (event.kind, event.actor, event.facts) == ("accounts.imported", "operator", {"rows": 1})


@pytest.mark.usefixtures("small")
def test_one_wrong_row_and_nothing_happens(both_core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(7)) + "keine Adresse;;;;;;\n" + row(8, hash="md5"))

    for dry_run in (True, False):
        report = imported(both_core, file, dry_run=dry_run)

        assert problems(report) == [
            (9, "email", "email_invalid"), (10, "password_hash", "hash_unknown"),
        ]  # fmt: skip
        assert counts(both_core) == NOTHING


@pytest.mark.usefixtures("small")
def test_a_dry_run_says_the_same_and_writes_nothing(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(5)))

    dry = imported(core, file, dry_run=True)

    assert counts(core) == NOTHING
    wet = imported(core, file)
    assert (dry.rows, dry.kinds, dry.problems) == (wet.rows, wet.kinds, wet.problems)


@pytest.mark.usefixtures("small")
def test_names_that_stand_twice_in_a_file_are_told(core: Core, tmp_path: Path) -> None:
    rows = [
        row(0), row(1), row(2), row(3),
        row(4, email="P0@Beispiel.test"),
        row(5, old="p1@beispiel.test"),
        row(6, email="p.2@alt.test"),
        row(7, old="x@y.test p.3@alt.test"),
        row(8, id="3"),
        row(9, id=""), row(10, id=""),
    ]  # fmt: skip

    report = imported(core, written(tmp_path, HEAD + "".join(rows)))

    assert problems(report) == [
        (6, "email", "duplicate"), (7, "old_email", "duplicate"), (8, "email", "duplicate"),
        (9, "old_email", "duplicate"), (10, "old_id", "duplicate"),
    ]  # fmt: skip


def test_names_that_somebody_has_are_told(both_core: Core, tmp_path: Path) -> None:
    core = both_core
    for email in ("Max@beispiel.test", "Moritz@beispiel.test"):
        admin.add(core, admin.Person(email, "M", "Muster"), PASSWORD)
    imported(core, written(tmp_path, table(range(2))))
    before = counts(core)
    rows = [
        row(10, email="max@BEISPIEL.test"),
        row(11, old="moritz@beispiel.test"),
        row(12, email="p.0@alt.test"),
        row(13, old="p.1@alt.test"),
        row(14, id="1"),
        row(15),
    ]

    report = imported(core, written(tmp_path, HEAD + "".join(rows)))

    assert problems(report) == [
        (2, "email", "address_taken"), (3, "old_email", "address_taken"),
        (4, "email", "address_taken"), (5, "old_email", "address_taken"), (6, "old_id", "id_taken"),
    ]  # fmt: skip
    assert counts(core) == before


def test_a_file_must_be_the_one_that_was_meant(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(3)))
    digest = files.look(file).digest

    assert problems(imported(core, file, sha256="0" * 64)) == [(0, "", "checksum_differs")]
    assert problems(imported(core, file, expected_rows=4)) == [(0, "", "rows_differ")]
    assert counts(core) == NOTHING
    assert imported(core, file, sha256=f" {digest.upper()} ", expected_rows=3).rows == 3
    assert counts(core)["account"] == 3


def test_a_file_that_is_changed_while_it_is_read_is_not_imported(
    core: Core, tmp_path: Path
) -> None:
    file = written(tmp_path, table(range(3)))

    def meddle(_done: int, _of: int) -> None:
        file.write_text(table(range(4)))

    report = load.load(core, Order(file), meddle)

    assert problems(report) == [(0, "", "file_changed")]
    assert counts(core) == NOTHING


@pytest.mark.parametrize("text", ["", HEAD, "\n\n"])
def test_a_file_without_rows_is_no_import(core: Core, tmp_path: Path, text: str) -> None:
    report = imported(core, written(tmp_path, text))

    assert report.problems
    assert counts(core) == NOTHING


class BrokenOff(Exception):
    pass


def break_off(core: Core, file: Path, after: int) -> None:
    """Import, and stop after so many chunks."""
    told = iter(range(after - 1))

    def stop(_done: int, _of: int) -> None:
        if next(told, None) is None:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        load.load(core, Order(file), stop)
    core.db.rollback()


@pytest.mark.usefixtures("small")
def test_an_import_that_broke_off_goes_on_where_it_was(both_core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(9)))
    break_off(both_core, file, after=3)
    assert counts(both_core) == {**NOTHING, "account_import": 1, "account_import_row": 5,
                                 "account_import_name": 10}  # fmt: skip

    report = imported(both_core, file)

    assert (report.rows, report.resumed, report.problems) == (9, 5, [])
    assert counts(both_core) == {**NOTHING, "account": 9, "account_name": 18, "account_import": 1}


@pytest.mark.usefixtures("small")
def test_what_waits_already_counts_when_names_are_compared(core: Core, tmp_path: Path) -> None:
    rows = row(20, email="P0@beispiel.test") + row(21, old="p.1@alt.test") + row(22, id="2")
    file = written(tmp_path, table(range(6)) + rows)
    break_off(core, file, after=3)

    report = imported(core, file, expected_rows=9)

    assert problems(report) == [
        (8, "email", "duplicate"), (9, "old_email", "duplicate"), (10, "old_id", "duplicate"),
    ]  # fmt: skip
    assert counts(core) == NOTHING


@pytest.mark.usefixtures("small")
def test_an_address_that_was_taken_while_rows_waited_stops_all(
    both_core: Core, tmp_path: Path
) -> None:
    core, file = both_core, written(tmp_path, table(range(7)))
    break_off(core, file, after=3)
    for email in ("p0@beispiel.test", "p.1@alt.test"):
        admin.add(core, admin.Person(email, "Max", "Muster"), PASSWORD)

    report = imported(core, file)

    assert problems(report) == [(2, "email", "address_taken"), (3, "old_email", "address_taken")]
    assert counts(core) == {**NOTHING, "account": 2}


def test_the_same_file_again_changes_nothing(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(3)))
    first = imported(core, file)
    before = counts(core)

    again = imported(core, file)

    assert first.done_at is None
    assert (again.problems, again.rows) == ([], 3)
    assert again.done_at
    assert counts(core) == before


def test_after_a_crash_behind_the_end_only_the_clearing_is_left(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = written(tmp_path, table(range(3))), tmp_path / "report.csv"
    with monkeypatch.context() as patch:
        patch.setattr(stage, "clear", crash)
        with pytest.raises(BrokenOff):
            load.load(core, Order(file))
    assert counts(core)["account_import_row"] == 3

    assert imported(core, file, report=out).done_at

    assert counts(core) == {**NOTHING, "account": 3, "account_name": 6, "account_import": 1}
    assert len(out.read_text().splitlines()) == 4


def crash(*_: object, **__: object) -> None:
    raise BrokenOff


FAILING = {
    "sqlite": "CREATE TRIGGER full BEFORE INSERT ON account_name WHEN new.key = '3' "
    "BEGIN SELECT RAISE(FAIL, 'disk full'); END",
    "postgresql": "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN IF new.key = ''3'' THEN RAISE disk_full; END IF; RETURN new; END'; "
    "CREATE TRIGGER full_disk BEFORE INSERT ON account_name "
    "FOR EACH ROW EXECUTE FUNCTION full_disk()",
}
MENDED = {
    "sqlite": "DROP TRIGGER full",
    "postgresql": "DROP TRIGGER full_disk ON account_name",
}


def test_a_database_that_fails_in_the_middle_leaves_no_half_import(
    both_core: Core, tmp_path: Path
) -> None:
    core, file = both_core, written(tmp_path, table(range(5)))
    dialect = core.db.get_bind().dialect.name
    core.db.execute(text(FAILING[dialect]))
    core.db.commit()

    with pytest.raises(DBAPIError, match=r"(?i)disk.full"):
        imported(core, file)
    core.db.rollback()

    assert (counts(core)["account"], counts(core)["account_name"]) == (0, 0)
    core.db.execute(text(MENDED[dialect]))
    core.db.commit()
    assert imported(core, file).problems == []
    assert counts(core)["account"] == 5


# --- at once


def together(app: Flask, deeds: list[Callable[[Core], object]]) -> list[object]:
    """Do everything at once; returns results or what was refused."""
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[Core], object]) -> object:
        with app.app_context():
            core = people.core_of(app)
            core.db.execute(select(1))
            barrier.wait(20)
            try:
                return deed(core)
            except (NotAllowed, LinkDead) as refused:
                core.db.rollback()
                return refused.code

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


@pytest.mark.usefixtures("small")
def test_two_imports_of_one_file_at_once_make_each_account_once(
    both_app: Flask, tmp_path: Path
) -> None:
    for turn in range(5):
        file = written(tmp_path, table(range(100 * turn, 100 * turn + 15)), f"{turn}.csv")

        results = together(both_app, [lambda core, file=file: load.load(core, Order(file))] * 3)

        done = [one for one in results if isinstance(one, Report)]
        assert {one for one in results if not isinstance(one, Report)} <= {"import_running"}
        assert all(one.problems == [] for one in done)
        assert len([one for one in done if one.done_at is None]) <= 1
        with both_app.app_context():
            core = people.core_of(both_app)
            assert imported(core, file).problems == []
            assert counts(core) == {**NOTHING, "account": 15 * (turn + 1),
                                    "account_name": 30 * (turn + 1),
                                    "account_import": turn + 1}  # fmt: skip


@pytest.mark.usefixtures("small")
def test_of_two_files_with_one_address_in_common_one_is_imported_whole(
    both_app: Flask, tmp_path: Path
) -> None:
    for turn in range(5):
        one = written(tmp_path, table(range(100 * turn, 100 * turn + 9)), f"{turn}a.csv")
        other = written(tmp_path, table(range(100 * turn + 8, 100 * turn + 20)), f"{turn}b.csv")

        results = together(both_app, [
            lambda core, file=file: load.load(core, Order(file)) for file in (one, other)
        ])  # fmt: skip

        refused = [r for r in results if isinstance(r, Report) and r.problems]
        assert len(refused) == 1
        assert {p.code for p in refused[0].problems} <= {"address_taken", "id_taken"}
        with both_app.app_context():
            found = counts(people.core_of(both_app))
            whole = 12 if refused[0] is results[0] else 9
            assert found["account"] % 100 == whole
            assert found["account_import_row"] == 0
            core = people.core_of(both_app)
            core.db.execute(text("DELETE FROM account"))
            core.db.execute(text("DELETE FROM account_import"))
            core.db.commit()


def waiting_registration(core: Core, email: str) -> str:
    register.ask(core, Application(email, "de", {}, {"given_name": "N", "family_name": "N"}))
    account = core.db.scalars(select(Account).where(Account.state == State.PENDING)).one()
    with core.writing():
        link = links.make(core, Purpose.ACTIVATE, account, core.settings.activation.link_ttl)
    return link.rpartition("/")[2]


def test_a_registration_that_waits_for_an_address_has_lost(core: Core, tmp_path: Path) -> None:
    token = waiting_registration(core, "P0@beispiel.test")

    assert imported(core, written(tmp_path, table(range(2)))).problems == []

    with pytest.raises(LinkDead) as dead:
        activate.finish(core, token, PASSWORD, "")
    assert dead.value.code == "link_unknown"
    assert house.people(core) == ["p0@beispiel.test", "p1@beispiel.test"]


def test_of_an_activation_and_an_import_at_once_one_wins(both_app: Flask, tmp_path: Path) -> None:
    for turn in range(10):
        file = written(tmp_path, table(range(10 * turn, 10 * turn + 3)), f"{turn}.csv")
        with both_app.app_context():
            token = waiting_registration(people.core_of(both_app), f"p{10 * turn}@beispiel.test")

        report, activated = together(both_app, [
            lambda core, file=file: load.load(core, Order(file)),
            lambda core, token=token: activate.finish(core, token, PASSWORD, ""),
        ])  # fmt: skip

        assert isinstance(report, Report)
        won = activated not in ("link_unknown", "link_used")
        assert won == bool(report.problems)
        with both_app.app_context():
            core = people.core_of(both_app)
            states = core.db.scalars(select(Account.state)).all()
            assert states == [State.ACTIVE] * (1 if won else 3)
            core.db.execute(text("DELETE FROM account"))
            core.db.commit()


# --- names of before


@pytest.fixture
def paula(core: Core, tmp_path: Path) -> Member:
    """Who brought a password, an old address and numbers along."""
    numbers = written(tmp_path, "alt;neu\nK-7;4711\n", "numbers.csv")
    head = HEAD.replace("\n", ";kundennummer\n")
    line = row(7, hash=HASHES["bcrypt"]).replace("\n", ";K-7\n")
    assert imported(core, written(tmp_path, head + line), numbers=numbers).problems == []
    return Member(core.db.scalars(select(Account.id)).one(), "p7@beispiel.test")


@pytest.mark.parametrize("name", ["p7@beispiel.test", " P.7@ALT.test ", "p.7@alt.test"])
def test_an_old_spelling_is_good_for_signing_in(core: Core, paula: Member, name: str) -> None:
    assert enter(core, name) == paula.id


def test_an_old_spelling_costs_no_tries(core: Core, paula: Member) -> None:
    for _ in range(login.TRIES.free + 2):
        assert enter(core, "p.7@alt.test") == paula.id


@pytest.mark.parametrize("name", ["7", "4711", "K-7", "p7", ""])
def test_other_names_of_before_are_not(core: Core, paula: Member, name: str) -> None:
    with pytest.raises(WrongCredentials):
        enter(core, name)


@pytest.mark.parametrize("who", ["p7@beispiel.test", "P.7@alt.test", "7", "4711", " K-7 "])
def test_operators_find_people_by_every_name(core: Core, paula: Member, who: str) -> None:
    assert [account.id for account in admin.find(core, who)] == [paula.id]


def test_an_old_address_that_somebody_owns_today_is_his(core: Core, paula: Member) -> None:
    owner = admin.add(core, admin.Person("p.7@alt.test", "Otto", "Neu"), PASSWORD)

    assert enter(core, "p.7@alt.test") == owner.id
    assert enter(core, paula.email) == paula.id


def test_names_go_with_their_account(core: Core, paula: Member) -> None:
    core.db.execute(text("DELETE FROM account"))
    core.db.commit()

    assert core.db.scalars(select(AccountName)).all() == []


# --- hashes of other software


@pytest.mark.parametrize("typed", [f" {PASSWORD}", f"{PASSWORD}\t"])
def test_blanks_that_other_software_ignored_do_not_matter(
    core: Core, paula: Member, typed: str
) -> None:
    assert enter(core, paula.email, typed) == paula.id


def test_blanks_that_other_software_hashed_count_once_more(core: Core, paula: Member) -> None:
    spaced = core.hasher.taken_in("$2b$04$lIIYG2m6/nFMG0yQvNUVne6KeLlQHKkYeLaB61Hy445ATSwZdfLcK")
    core.db.get_one(Account, paula.id).password_hash = spaced
    core.db.commit()

    assert enter(core, paula.email, f"{PASSWORD} ") == paula.id
    assert enter(core, paula.email, PASSWORD) == paula.id


def test_a_wrong_password_replaces_no_hash(core: Core, paula: Member) -> None:
    with pytest.raises(WrongCredentials):
        enter(core, paula.email, "Falscher-Ofen-38")

    assert left(core) == {"bcrypt": 1}


def test_a_hash_whose_importer_is_gone_opens_nothing_and_is_counted(
    core: Core, paula: Member
) -> None:
    core.db.get_one(Account, paula.id).password_hash = f"acme:{HASHES['bcrypt']}"
    core.db.commit()

    with pytest.raises(WrongCredentials):
        enter(core, paula.email)
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


# --- reports, bounds, leftovers


def test_the_report_names_lines_and_accounts_and_nothing_else(core: Core, tmp_path: Path) -> None:
    out = tmp_path / "report.csv"

    imported(core, written(tmp_path, table(range(2), hash=HASHES["bcrypt"])), report=out)

    made = core.db.execute(select(Account.email, Account.id))
    ids = {email: account_id for email, account_id in made}  # noqa: C416 - rows are no pairs
    assert out.read_text().splitlines() == [
        "line;result;column;account",
        f"2;imported;;{ids['p0@beispiel.test']}",
        f"3;imported;;{ids['p1@beispiel.test']}",
    ]
    assert out.stat().st_mode & 0o777 == 0o600


def test_the_report_of_a_refused_file_names_lines_columns_and_codes(
    core: Core, tmp_path: Path
) -> None:
    out = tmp_path / "report.csv"

    imported(core, written(tmp_path, table(range(1), hash="md5", email="x")), report=out)

    assert out.read_text().splitlines() == [
        "line;result;column;account", "2;email_invalid;email;", "2;hash_unknown;password_hash;",
    ]  # fmt: skip


def test_a_report_that_cannot_be_written_stops_before_anything(core: Core, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="report"):
        imported(core, written(tmp_path, table(range(1))), report=tmp_path / "no" / "report")

    assert counts(core) == NOTHING


def test_nothing_of_a_person_is_logged(
    core: Core, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    imported(core, written(tmp_path, table(range(2), hash=HASHES["bcrypt"])))
    imported(core, written(tmp_path, table(range(2), hash="md5-geheim")))
    enter(core, "p0@beispiel.test")

    for secret in ("@", "$2b$", "md5-geheim", "Paula", "Person 0"):
        assert secret not in caplog.text


def test_a_hopeless_file_is_not_read_to_its_end(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    monkeypatch.setattr(load, "MOST_PROBLEMS", 5)

    report = imported(core, written(tmp_path, table(range(50), email="x")), expected_rows=50)

    assert 5 < len(report.problems) < 9


def test_a_file_with_too_many_rows_is_refused(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 5)

    report = imported(core, written(tmp_path, table(range(50))))

    assert problems(report) == [(0, "", "too_many_rows")]
    assert counts(core) == NOTHING


def test_columns_that_nobody_reads_are_named(core: Core, tmp_path: Path) -> None:
    csv = imported(core, written(tmp_path, "email;Schuhgröße\na@b.test;43\n"))
    lines = imported(core, written(tmp_path, '{"email": "c@d.test", "otp": 1}', "b.jsonl"))

    assert (csv.unknown, lines.unknown) == ({"schuhgrösse"}, {"otp"})
    assert counts(core)["account"] == 2


def test_a_table_of_numbers_with_mistakes_stops_the_import(core: Core, tmp_path: Path) -> None:
    numbers = written(tmp_path, "K1;1\nK1;2\n", "numbers.csv")

    report = imported(core, written(tmp_path, table(range(1))), numbers=numbers)

    assert problems(report) == [(2, "--map", "duplicate")]
    assert counts(core) == NOTHING


@pytest.mark.usefixtures("small")
def test_what_was_left_lying_is_forgotten_after_a_week(
    core: Core, tmp_path: Path, clock: MovableClock
) -> None:
    break_off(core, written(tmp_path, table(range(9))), after=3)
    clock.advance(days=6)
    assert retention.once(core).counts["imports"] == 0

    clock.advance(days=2)

    assert retention.once(core).counts["imports"] == 1
    assert counts(core) == NOTHING


def test_a_million_is_told_how_far_it_is(core: Core, tmp_path: Path, small: None) -> None:
    file, told = written(tmp_path, table(range(9))), list[tuple[int, int]]()

    load.load(core, Order(file), lambda done, of: told.append((done, of)))

    size = file.stat().st_size
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_somebody_who_registers_while_accounts_are_copied_wins(
    postgresql_url: str, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite nobody can: the import holds the only write lock."""
    app, copy = built(settings_for(tmp_path, postgresql_url), clock), publish._copy

    def late(core: Core, import_id: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(people.member, app, "p1@beispiel.test").result(20)
        copy(core, import_id)

    monkeypatch.setattr(publish, "_copy", late)
    with app.app_context():
        core = people.core_of(app)
        report = imported(core, written(tmp_path, table(range(3))))

        assert problems(report) == [(3, "email", "address_taken")]
        assert counts(core) == {**NOTHING, "account": 1}
    dispose(app)


# --- invitations


def test_nobody_is_written_to_unless_that_was_asked_for(
    core: Core, tmp_path: Path, postbox: Postbox
) -> None:
    imported(core, written(tmp_path, table(range(2))))

    assert postbox.mails == []


def test_who_has_no_password_is_invited_when_that_was_asked_for(
    both_app: Flask, both_core: Core, tmp_path: Path
) -> None:
    rows = row(0) + row(1, verified="") + row(2, hash=HASHES["bcrypt"])
    rows = rows.replace("\n", ";aktiv\n") + row(3).replace("\n", ";locked\n")
    file = written(tmp_path, HEAD.replace("\n", ";status\n") + rows)

    imported(both_core, file, invite=True)

    mails = Postbox(both_app).mails
    assert sorted(mail.to for mail in mails) == ["p0@beispiel.test", "p1@beispiel.test"]
    by = {mail.to: mail for mail in mails}
    assert "Paula Person 0" in by["p0@beispiel.test"].text
    assert "Paula" not in by["p1@beispiel.test"].text
    for mail in mails:
        assert f"{both_core.settings.issuer}/password/forgot" in mail.text
        assert "/k/" not in mail.text


def test_no_invitation_goes_out_for_a_file_that_is_refused(
    core: Core, tmp_path: Path, postbox: Postbox
) -> None:
    imported(core, written(tmp_path, table(range(2)) + row(0)), invite=True)

    assert postbox.mails == []
    assert counts(core) == NOTHING


def test_a_column_for_addresses_is_needed(core: Core, tmp_path: Path) -> None:
    report = imported(core, written(tmp_path, "vorname;nachname\nPaula;Person\n"))

    assert problems(report)[0] == (1, "email", "column_missing")
    assert counts(core) == NOTHING


def test_only_what_was_seen_is_published_and_only_once(core: Core, tmp_path: Path) -> None:
    file = written(tmp_path, table(range(3)))
    break_off(core, file, after=1)
    (import_id,) = core.db.scalars(select(AccountImport.id)).all()
    seen = stage.begin(core, import_id)

    for other in (replace(seen, line=2), replace(seen, line=5)):
        with pytest.raises(NotAllowed):
            publish.publish(core, other)
    assert publish.publish(core, seen) == []
    with pytest.raises(NotAllowed):
        publish.publish(core, seen)

    assert counts(core)["account"] == 3
