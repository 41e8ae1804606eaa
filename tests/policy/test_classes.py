"""Character classes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.classes import Classes, special

NOBODY = Subject()
ALL = {"missing_upper", "missing_lower", "missing_digit", "missing_special"}


def missing(password: str, bypass: int = 15) -> set[str]:
    return {problem.code for problem in Classes(bypass)(password, NOBODY)}


@pytest.mark.parametrize(
    ("sign", "counts_as"),
    [
        ("a", "lower"), ("ä", "lower"), ("ß", "lower"), ("é", "lower"), ("ſ", "lower"),
        ("A", "upper"), ("Ü", "upper"), ("ẞ", "upper"), ("Ć", "upper"),
        ("7", "digit"), ("٣", "digit"),
        ("-", "special"), ("€", "special"), ("§", "special"), (" ", "special"), ("🦔", "special"),
        ("_", "special"), ("„", "special"), ("½", "special"),
    ],
)  # fmt: skip
def test_each_sign_counts_for_its_class_alone(sign: str, counts_as: str) -> None:
    assert missing(sign) == ALL - {f"missing_{counts_as}"}


@pytest.mark.parametrize("sign", ["漢", "ª", "²"])
def test_letters_without_case_and_small_digits_are_not_special(sign: str) -> None:
    assert not special(sign)


@given(st.text("abcdefghijklmnopqrstuvwxyzäöüßéç", max_size=14))
def test_umlauts_are_letters_and_never_special(password: str) -> None:
    assert "missing_special" in missing(password)


@given(st.text(min_size=15, max_size=60))
def test_from_15_signs_on_classes_do_not_matter(password: str) -> None:
    assert missing(password) == set()


def test_at_14_signs_they_still_do() -> None:
    assert missing("a" * 14) == ALL - {"missing_lower"}
    assert missing("a" * 15) == set()


@given(st.text(min_size=15, max_size=60))
def test_without_a_bypass_they_always_matter(password: str) -> None:
    expected = ("missing_digit" in missing(password, 0)) == (not any(map(str.isdigit, password)))

    assert expected


def test_the_advice_tells_from_where_on_classes_do_not_matter() -> None:
    assert Classes(20).advice() == Problem("classes", {"bypass": 20})
    assert Classes(0).advice() == Problem("classes_always")
