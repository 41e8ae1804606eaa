"""One word, many spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.spelling import readings, spellings


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Müller", "mueller"), ("Müller", "muller"), ("Groß", "gross"), ("GROẞ", "gross"),
     ("René", "rene"), ("Çelik", "celik"), ("Ｅｒｉｋａ", "erika"), ("Mu\u0308ller", "mueller")],
)  # fmt: skip
def test_a_word_is_meant_by_these_spellings(word: str, meant: str) -> None:
    assert meant in spellings(word)


@pytest.mark.parametrize(
    ("text", "word"),
    [("3r1k4", "erika"), ("M3!$t3r", "meister"), ("Ha11o", "hallo"), ("|dee", "idee"),
     ("Tr0mp3te", "trompete"), ("7i5ch", "tisch"), ("@nna", "anna"), ("8erg", "berg"),
     ("2immer", "zimmer"), ("€rna", "erna"), ("6ustav", "gustav")],
)  # fmt: skip
def test_digits_and_signs_are_read_as_letters(text: str, word: str) -> None:
    assert any(word in reading for reading in readings(text))


@given(st.text(max_size=60))
def test_a_text_is_read_as_it_stands_too_and_never_in_more_than_six_ways(text: str) -> None:
    assert spellings(text) <= readings(text)
    assert 1 <= len(readings(text)) <= 6


@given(st.text(max_size=60))
def test_case_makes_no_difference_where_both_cases_exist(text: str) -> None:
    if text.upper().casefold() == text.casefold():
        assert spellings(text) == spellings(text.upper())
