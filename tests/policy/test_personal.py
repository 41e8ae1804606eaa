"""Nothing personal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.personal import Personal


def personal(password: str, *words: str) -> bool:
    return list(Personal()(password, Subject(words))) == [Problem("personal")]


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
        ("erika!", "erika.mustermann"),
        ("kammer-ofen", "Kammer-Konto"),
        ("vorname", "nach_vorname"),
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
        ("anything", ""),
        ("___", "___"),
    ],
)
def test_what_is_not_personal_passes(password: str, word: str) -> None:
    assert not personal(password, word)


def test_the_shortest_word_comes_from_the_configuration() -> None:
    assert list(Personal(shortest=3)("Ofen-Ute", Subject(("Ute",)))) == [Problem("personal")]


def test_many_hits_are_one_problem() -> None:
    assert personal("erika-mustermann-erika", "Erika", "Mustermann")


@given(word=st.text("aäbßcéxyz", min_size=4), around=st.text(max_size=10))
def test_a_word_is_found_whatever_stands_around_it(word: str, around: str) -> None:
    assert personal(around + word + around, word)


def test_the_advice_names_nobody() -> None:
    assert Personal().advice() == Problem("personal")
