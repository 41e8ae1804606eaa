"""A row becomes an account to be, or everything that is wrong with it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.models import State
from idp.accounts.moving import rows
from idp.accounts.moving.columns import COLUMN_OF, COLUMNS, Judge
from idp.accounts.moving.files import Header, Record
from idp.accounts.moving.rows import Entry
from idp.builtin import personal_name
from idp.plugins import HashRefused

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def taken_in(value: str) -> str:
    if value.startswith("$"):
        return f"kind:{value}"
    raise HashRefused("hash_unknown")


def judge(numbers: dict[str, str] | None = None) -> Judge:
    checks: dict[str, Callable[[str], str | None]] = {"given_name": personal_name}
    return Judge(NOW, taken_in, checks, numbers)


def judged(numbers: dict[str, str] | None = None, **cells: str) -> Entry | list[tuple[str, str]]:
    """Return the account to be of one row, or columns and codes of what is wrong."""
    cells = {"email": "anna@beispiel.test", **cells}
    found = rows.entry(Record(7, cells, 0), judge(numbers))
    if isinstance(found, Entry):
        return found
    assert {problem.line for problem in found} == {7}
    return [(problem.column, problem.code) for problem in found]


def good(numbers: dict[str, str] | None = None, **cells: str) -> Entry:
    found = judged(numbers, **cells)
    assert isinstance(found, Entry), found
    return found


def test_an_address_is_enough() -> None:
    entry = good()

    assert (entry.line, entry.email, entry.email_key) == (7, *["anna@beispiel.test"] * 2)
    assert (entry.state, entry.locale, entry.created_at) == (State.ACTIVE, "de", NOW)
    assert (entry.email_verified_at, entry.password_hash, entry.name) == (None, None, "")
    assert (entry.claims, entry.names) == ({}, ())


def test_two_names_of_one_column_must_not_say_different_things() -> None:
    assert judged(passwordhash="$x$y", credentials="[]") == [("password_hash", "column_double")]
    assert good(passwordhash="$x$y", credentials="").password_hash == "kind:$x$y"
    assert good(credentials="", passwordhash="$x$y").password_hash == "kind:$x$y"
    assert good(id="7", oldid="7").keys[-1] == ("id", "7")


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ({"kundennummer": "K1"}, {("customer", "1"), ("old_customer", "K1")}),
        ({"altekundennummer": "K1"}, {("customer", "1"), ("old_customer", "K1")}),
        (
            {"kundennummer": "K1", "altekundennummer": "UR-1"},
            {("customer", "1"), ("old_customer", "K1"), ("old_customer", "UR-1")},
        ),
        ({}, set()),
    ],
)
def test_whichever_number_is_there_is_translated_and_none_is_lost(
    cells: dict[str, str], names: set[tuple[str, str]]
) -> None:
    assert set(good({"K1": "1"}, **cells).names) == names


def test_a_number_that_nobody_translates_is_told_in_either_column() -> None:
    told = [("customer_number", "number_unmapped")]

    assert judged({"K1": "1"}, kundennummer="K2") == told
    assert judged({"K1": "1"}, altekundennummer="K2") == told


def test_a_day_before_all_days_is_no_date() -> None:
    for column in ("angelegt", "emailverified"):
        assert [code for _, code in judged(None, **{column: "0001-01-01T00:00:00+14:00"})] == [
            "date_invalid"
        ]


def test_a_cell_full_of_marks_is_refused_before_it_is_normalised() -> None:
    begun = time.thread_time()

    assert judged(None, vorname="\u0327\u0301" * 40_000) == [("given_name", "too_long")]

    assert time.thread_time() - begun < 1


def test_every_column_finds_its_place() -> None:
    entry = good(
        email=" Anna@Beispiel.test ", vorname="Anna", nachname="Groß", sprache="en_GB",
        status="gesperrt", passwordhash="$x$y", emailverified="ja", angelegt="2019-05-01",
        geburtsdatum="1.12.1980", oldid="42", alteemail="anna@alt.test, A.Gross@alt.test",
        kundennummer="K 7", altekundennummer="7",
    )  # fmt: skip

    assert (entry.email, entry.email_key) == ("Anna@beispiel.test", "anna@beispiel.test")
    assert (entry.name, entry.locale, entry.state) == ("Anna Groß", "en", State.LOCKED)
    assert (entry.password_hash, entry.email_verified_at) == ("kind:$x$y", NOW)
    assert entry.created_at == datetime(2019, 5, 1, tzinfo=UTC)
    assert entry.claims == {"birthdate": "1980-12-01"}
    assert entry.names == (
        ("email", "a.gross@alt.test"), ("email", "anna@alt.test"), ("id", "42"),
        ("customer", "K 7"), ("old_customer", "7"),
    )  # fmt: skip
    assert entry.keys == [
        ("email", "anna@beispiel.test"), ("email", "a.gross@alt.test"), ("email", "anna@alt.test"),
        ("id", "42"),
    ]  # fmt: skip


def test_everything_wrong_is_told_at_once_and_no_value_with_it() -> None:
    found = judged(
        email="keine", vorname="\u202eannA", nachname="x" * 101, sprache="fr", status="lebt",
        passwordhash="md5", emailverified="vielleicht", angelegt="gestern", geburtsdatum="31.2.80",
        oldemail="nirgends",
    )  # fmt: skip

    assert found == [
        ("email", "email_invalid"), ("given_name", "bad_character"), ("family_name", "too_long"),
        ("locale", "locale_unknown"), ("state", "state_unknown"),
        ("password_hash", "hash_unknown"), ("email_verified", "date_invalid"),
        ("created_at", "date_invalid"), ("birthdate", "date_invalid"),
        ("old_email", "email_invalid"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"email": ""}, ("email", "value_missing")),
        ({"email": "a@b"}, ("email", "email_invalid")),
        ({"email": "x" * 250 + "@b.test"}, ("email", "too_long")),
        ({"email": "a@b.test\x00"}, ("email", "bad_character")),
        ({"vorname": "."}, ("given_name", "name_odd")),
        ({"vorname": "An\tna"}, ("given_name", "bad_character")),
        ({"nachname": "\ufffd"}, ("family_name", "bad_character")),
        ({"nachname": "\ue000"}, ("family_name", "bad_character")),
        ({"angelegt": "2026-11-23"}, ("created_at", "date_invalid")),
        ({"angelegt": "9" * 30}, ("created_at", "date_invalid")),
        ({"geburtsdatum": "1899-12-31"}, ("birthdate", "date_invalid")),
        ({"geburtsdatum": "2026-11-23"}, ("birthdate", "date_invalid")),
        ({"geburtsdatum": "1980"}, ("birthdate", "date_invalid")),
        ({"oldemail": "@"}, ("old_email", "email_invalid")),
        ({"oldemail": "a@b " * 21}, ("old_email", "too_many")),
        ({"passwordhash": "$" * 10_001}, ("password_hash", "too_long")),
    ],
)
def test_values_that_are_not_taken(cells: dict[str, str], problem: tuple[str, str]) -> None:
    assert judged(**cells) == [problem]


@pytest.mark.parametrize("text", ["", "nein", "No", "0", "FALSE", "falsch"])
def test_an_address_is_not_proven_unless_the_file_says_so(text: str) -> None:
    assert good(emailverified=text).email_verified_at is None


def test_a_file_may_say_when_an_address_was_proven() -> None:
    when = datetime(2020, 2, 3, 3, 5, tzinfo=UTC)

    assert good(emailverified="2020-02-03T04:05:00+01:00").email_verified_at == when


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1556704800", datetime(2019, 5, 1, 10, tzinfo=UTC)),
        ("1556704800123", datetime(2019, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2019-05-01T10:00:00Z", datetime(2019, 5, 1, 10, tzinfo=UTC)),
        ("2019-05-01 10:00", datetime(2019, 5, 1, 10, tzinfo=UTC)),
    ],
)
def test_moments_come_as_programs_write_them(text: str, moment: datetime) -> None:
    assert good(createdtimestamp=text).created_at == moment


@pytest.mark.parametrize(
    ("text", "state"),
    [("", State.ACTIVE), ("Aktiv", State.ACTIVE), ("true", State.ACTIVE),
     ("locked", State.LOCKED), ("inaktiv", State.DISABLED), ("false", State.DISABLED)],
)  # fmt: skip
def test_states_come_as_people_write_them(text: str, state: State) -> None:
    assert good(status=text).state == state


@pytest.mark.parametrize("text", ["pending", "deleted"])
def test_states_that_no_file_can_give(text: str) -> None:
    assert judged(status=text) == [("state", "state_unknown")]


def test_an_old_spelling_of_the_same_address_is_no_other_name() -> None:
    assert good(oldemail="ANNA@Beispiel.TEST anna@beispiel.test").names == ()


def test_numbers_are_translated_by_a_table() -> None:
    assert good({"7": "4711"}, kundennummer="7").names == (
        ("customer", "4711"), ("old_customer", "7"),
    )  # fmt: skip
    assert judged({"7": "4711"}, kundennummer="8") == [("customer_number", "number_unmapped")]
    assert good({"7": "4711"}).names == ()


def test_the_header_must_name_an_address_once() -> None:
    def codes(*titles: str) -> list[tuple[str, str]]:
        return [(problem.column, problem.code) for problem in rows.header(Header(titles))]

    assert codes("email", "vorname", "unbekannt") == []
    assert codes("vorname") == [("email", "column_missing")]
    assert codes("email", "mail", "vorname", "firstname") == [
        ("email", "column_double"), ("given_name", "column_double"),
    ]  # fmt: skip
    assert rows.unknown(("email", "unbekannt\x1b")) == {"unbekannt"}


def test_titles_belong_to_one_column() -> None:
    titles = [title for column in COLUMNS.values() for title in column.titles.split()]

    assert sorted(titles) == sorted(set(titles)) == sorted(COLUMN_OF)


@given(st.dictionaries(st.sampled_from(sorted(COLUMN_OF)), st.text(max_size=40)))
def test_nothing_in_a_cell_is_an_accident(cells: dict[str, str]) -> None:
    found = rows.entry(Record(1, cells, 0), judge())

    assert found
