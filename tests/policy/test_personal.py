"""Nothing personal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.personal import Personal

BORN = Subject(dates=(date(1985, 4, 3),))
OLD = Subject(dates=(date(1961, 12, 24),))


def personal(password: str, *words: str) -> bool:
    return list(Personal()(password, Subject(words))) == [Problem("personal")]


def dated(password: str, subject: Subject) -> bool:
    return list(Personal()(password, subject)) == [Problem("birthdate")]


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("Xmustermann7", "Mustermann"),
        ("xMUSTERMANNx", "mustermann"),
        ("Ofen-Anna-Lena", "Anna-Lena"),
        ("lena#7#ofen", "Anna-Lena"),
        ("strasse-im-wald", "Straße"),
        ("Im-MÜLLER-Haus", "Müller"),
        ("Im-Müller-Haus", "Mu\u0308ller"),
        ("Im-Mueller-Haus", "Müller"),
        ("Im-Muller-Haus", "Müller"),
        ("Im-Müller-Haus", "Mueller"),
        ("M3!ster-Ofen", "Meister"),
        ("3r1k4-Ofen", "erika"),
        ("P4u1a-Ofen", "Paula"),
        ("erika!", "erika.mustermann"),
        ("kammer-ofen", "Kammer-Konto"),
        ("vorname", "nach_vorname"),
        ("Ofen-utejo", "Ute-Jo"),
        ("Ofen-1234567-Laub", "1234567"),
        ("Ofen-0815-Laub", "K-0815"),
        ("Tischlerei&Sohn", "Tischlerei Beispiel GmbH"),
        ("musterstadt-77", "Handwerkskammer Musterstadt"),
    ],
)
def test_a_word_about_the_person_is_found(password: str, word: str) -> None:
    assert personal(password, word)


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("Ofen-Ute", "Ute"),  # three letters are in too many words
        ("Kachelofen", "Mustermann"),
        ("muster mann", "Mustermann"),
        ("Handwerk-Ofen", "Handwerkskammer"),
        ("anything", ""),
        ("___", "___"),
    ],
)
def test_what_is_not_personal_passes(password: str, word: str) -> None:
    assert not personal(password, word)


def test_the_shortest_word_comes_from_the_configuration() -> None:
    assert list(Personal(shortest=3)("Ofen-Ute", Subject(("Ute",)))) == [Problem("personal")]


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("Kalender im Regenfass", False),
        ("Im Regenfass am Ende", True),
        ("Das 3nde vom Regenfass", True),
        ("Ende!Regenfass!Kachel", True),
        ("Kalender-Ofen", True),  # 13 signs: anywhere
        ("Tischlerei-Regenfass", False),
    ],
)
def test_in_a_passphrase_a_short_word_counts_only_where_it_stands_alone(
    password: str, found: bool
) -> None:
    assert personal(password, "Ende", "Tisch") is found


def test_where_short_words_stop_comes_from_the_configuration() -> None:
    subject, text = Subject(("Ende",)), "Kalender im Regenfass"

    assert list(Personal(bypass=0)(text, subject)) == [Problem("personal")]
    assert list(Personal(inside=4)(text, subject)) == [Problem("personal")]


def test_a_long_word_and_a_number_count_anywhere_in_a_passphrase() -> None:
    assert personal("Handwerkskammermusik!", "Kammer")
    assert personal("Regenfass 2081512 Ofen", "0815")


def test_many_hits_are_one_problem() -> None:
    assert personal("erika-mustermann-erika", "Erika", "Mustermann")


@given(word=st.text("aäbßcéxyz", min_size=4), around=st.text(max_size=10))
def test_a_word_is_found_whatever_stands_around_it(word: str, around: str) -> None:
    # A mark would change the letter before it.
    assert personal(f"{around}-{word}-{around}", word)


@pytest.mark.parametrize(
    "password",
    ["Ofen03041985", "3.4.1985-Ofen", "03.04.85 Ofen", "Ofen-1985-04-03", "850403-Ofen",
     "04/03/1985 Ofen", "3. April im Wald", "Ofen-3apr", "03April!"],
)  # fmt: skip
def test_a_date_of_birth_is_found_in_its_usual_spellings(password: str) -> None:
    assert dated(password, BORN)


@pytest.mark.parametrize("password", ["24.12.61!", "24.Dezember", "241261", "1961/12/24"])
def test_a_date_with_two_digits_each_is_found_too(password: str) -> None:
    assert dated(password, OLD)


@pytest.mark.parametrize("password", ["Ofen-1985", "Ofen-3485", "3 Kühe 4 Öfen", "30 April"])
def test_a_year_or_four_digits_alone_are_no_date(password: str) -> None:
    assert not dated(password, BORN)


@pytest.mark.parametrize("password", ["3. März", "3. Maerz", "3maerz85", "03marz"])
def test_the_month_with_an_umlaut_is_found_however_it_is_written(password: str) -> None:
    assert dated(password, Subject(dates=(date(1985, 3, 3),)))


@given(born=st.dates(date(1900, 1, 1)), before=st.text("xy-", max_size=5))
def test_every_date_is_found_as_germans_write_it(born: date, before: str) -> None:
    password = f"{before}{born.day}.{born.month}.{born.year}"

    assert dated(password, Subject(dates=(born,)))


def test_words_and_dates_are_two_problems() -> None:
    subject = Subject(("Erika",), BORN.dates)

    assert [problem.code for problem in Personal()("Erika 3.4.1985", subject)] == [
        "personal", "birthdate",
    ]  # fmt: skip


def test_the_advice_names_nobody() -> None:
    assert Personal().advice() == Problem("personal")


@pytest.mark.parametrize(
    ("password", "found"), [("Kalender-Ofen-x", False), ("Kalender-Ofen-", True)]
)
def test_from_15_signs_on_a_short_word_must_stand_alone(password: str, found: bool) -> None:
    assert personal(password, "Ende", "Tisch") is found


def test_a_date_with_the_day_before_the_month_behind_the_year() -> None:
    assert dated("1985.03.04-Ofen", BORN)


@pytest.mark.parametrize(
    ("month", "names"),
    list(enumerate(
        ["Januar January", "Februar February", "März March", "April", "Mai May", "Juni June",
         "Juli July", "August", "September", "Oktober October", "November", "Dezember December"],
        1,
    )),
)  # fmt: skip
def test_every_month_is_known_in_both_languages(month: int, names: str) -> None:
    for name in names.split():
        assert dated(f"9. {name}", Subject(dates=(date(1985, month, 9),)))


@pytest.mark.parametrize("born", [date(1985, 12, 3), date(1985, 1, 24)])
def test_a_date_of_three_digits_and_a_short_year_is_found(born: date) -> None:
    assert dated(f"{born.day}.{born.month}.85-Ofen", Subject(dates=(born,)))


@pytest.mark.parametrize("password", ["Pau|a-Ofen", "Pau1a-Ofen", "Pau!a-Ofen"])
def test_a_stroke_may_be_an_l(password: str) -> None:
    assert personal(password, "Paula")
