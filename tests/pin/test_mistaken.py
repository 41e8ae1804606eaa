"""A PIN from the letter is no password."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.pin.code import make
from idp.pin.mistaken import NoPin
from idp.plugins import Problem, Subject

PIN = make(random.Random(4).randrange).text


def mistaken(password: str) -> bool:
    return list(NoPin()(password, Subject())) == [Problem("pin")]


@given(st.randoms(use_true_random=False))
def test_every_pin_is_known_for_one_however_it_is_spelled(draw: random.Random) -> None:
    text = make(draw.randrange).text

    for spelled in (text, text.lower(), text.replace("-", ""), text.replace("-", " ")):
        assert mistaken(spelled)


@pytest.mark.parametrize("password", ["Kachelofen-38-Nord", "", PIN[:-1], f"{PIN}x", f"{PIN}{PIN}",
                                      " ".join(PIN.replace("-", "")) + "  "])  # fmt: skip
def test_what_is_no_pin_passes(password: str) -> None:
    assert not mistaken(password)


def test_the_rule_says_nothing_before_input() -> None:
    assert NoPin().advice() is None
