"""Signs that deceive the eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.signs import Signs, lookalikes

FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

NOBODY = Subject()


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u00ad", "\u202e", "\ufeff", "\t", "\n", "\x00", "\u2028", "\u3164",
             "\u2800", "\ud800"],
)  # fmt: skip
def test_a_sign_that_nobody_can_see_is_refused(sign: str) -> None:
    assert list(Signs()(f"Ofen{sign}Kachel", NOBODY)) == [Problem("invisible")]


@pytest.mark.parametrize("sign", ["\u200d", "\u200c", "\ufe0f", "\U000e0100", "\U000e0067"])
def test_what_joins_others_is_refused_where_nothing_is_joined(sign: str) -> None:
    for text in (f"Ofen{sign}Kachel", f"{sign}Ofen", f"ü{sign}", f"7{sign}8"):
        assert list(Signs()(text, NOBODY)) == [Problem("invisible")]


@pytest.mark.parametrize("text", ["1\ufe0f\u20e3", "\u2764\ufe0f", "\u845b\U000e0100",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"])  # fmt: skip
def test_emoji_and_signs_of_other_scripts_may_be_joined(text: str) -> None:
    assert list(Signs()(f"Ofen {text} Kachel", NOBODY)) == []


@pytest.mark.parametrize("text", ["Ofen Kachel", "Kühe€§ß", "回答は", "👩‍🔧 Igel 🧶", "می‌خواهم",
                                  "e\u0301x\u0302", "\u00a0x"])  # fmt: skip
def test_everything_that_can_be_seen_is_welcome(text: str) -> None:
    assert list(Signs()(text, NOBODY)) == []


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters=(
    "\u115f\u1160\u3164\uffa0\u2800"))))  # fmt: skip
def test_letters_digits_punctuation_and_blanks_are_never_refused(text: str) -> None:
    assert list(Signs()(text, NOBODY)) == []


def test_the_rule_says_nothing_before_input() -> None:
    assert Signs().advice() is None


@pytest.mark.parametrize(
    ("text", "told"),
    [("Oktober-2040", ["lookalikes"]), ("Illinois-38", ["lookalikes"]), ("l1", ["lookalikes"]),
     ("Kachelofen", []), ("Ofen-38", []), ("Kаchel", ["scripts"]), ("Ωhm-Gesetz", ["scripts"]),
     ("回答 Ofen", []), ("О0", []), ("", [])],
)  # fmt: skip
def test_what_may_be_mixed_up_later_is_told(text: str, told: list[str]) -> None:
    assert [note.code for note in lookalikes(text)] == told


@pytest.mark.parametrize("sign", FILLERS + "\u2028\u2029\ufe00\ufe0f\U000e0100\U000e01ef\U000e0020")
def test_every_sign_that_nobody_can_see_is_refused(sign: str) -> None:
    assert list(Signs()(f"Kachel{sign}ofen", NOBODY)) == [Problem("invisible")]


def test_at_the_very_beginning_there_is_nothing_to_join_to() -> None:
    assert list(Signs()("\u200dOfen-回", NOBODY)) == [Problem("invisible")]
