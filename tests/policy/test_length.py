"""Length and edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.length import Edges, Length

NOBODY = Subject()


@given(st.text(min_size=12, max_size=256))
def test_everything_between_the_bounds_has_the_right_length(password: str) -> None:
    assert list(Length()(password, NOBODY)) == []


@pytest.mark.parametrize("sign", ["a", "ü", "ß", "€", "漢", "🦔", " "])
def test_256_signs_are_accepted_and_257_are_refused(sign: str) -> None:
    assert list(Length()(sign * 256, NOBODY)) == []
    assert list(Length()(sign * 257, NOBODY)) == [Problem("too_long", {"length": 256})]


def test_the_bounds_come_from_the_configuration() -> None:
    rule = Length(minimum=3, maximum=4)

    assert list(rule("ab", NOBODY)) == [Problem("too_short", {"length": 3})]
    assert list(rule("abcde", NOBODY)) == [Problem("too_long", {"length": 4})]
    assert rule.advice() == Problem("length", {"minimum": 3})


BLANKS = [" ", "\t", "\n", "\r", "\u00a0", "\u2003", "\u3000", "\u2028"]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_at_either_end_is_refused(blank: str) -> None:
    assert list(Edges()(f"{blank}Ofen", NOBODY)) == [Problem("blank_edges")]
    assert list(Edges()(f"Ofen{blank}", NOBODY)) == [Problem("blank_edges")]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_inside_is_welcome(blank: str) -> None:
    assert list(Edges()(f"Ofen{blank}Kachel", NOBODY)) == []


@given(st.text(max_size=40))
def test_edges_refuses_exactly_what_trimming_would_change(password: str) -> None:
    assert bool(list(Edges()(password, NOBODY))) == (password.strip() != password)


def test_edges_says_nothing_before_input() -> None:
    assert Edges().advice() is None
