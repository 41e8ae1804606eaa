import itertools
import random
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from idp.errors import WrongPin
from idp.pin import code
from idp.pin.code import ALPHABET, Pin

EXAMPLE = "K7MP-3TXA-9R4K"

pins = st.builds(
    Pin,
    st.text(alphabet=ALPHABET, min_size=3, max_size=3),
    st.text(alphabet=ALPHABET, min_size=8, max_size=8),
)
separators = st.text(
    alphabet=" -.\t\n\u00a0\u2009\u2013\u2014\u2212\u00ad\u200b\u2060/·_", max_size=3
)


def refusal(typed: str) -> WrongPin:
    with pytest.raises(WrongPin) as caught:
        code.read(typed)
    return caught.value


def random_signs(count: int) -> list[str]:
    chance = random.Random(23)
    return [code.make(chance.randrange).text.replace("-", "") for _ in range(count)]


def test_the_example_of_the_decision_is_valid() -> None:
    pin = code.read(EXAMPLE)

    assert (pin.selector, pin.secret) == ("K7M", "P3TXA9R4")
    assert pin.text == EXAMPLE


def test_a_pin_is_drawn_from_the_chance_it_is_given() -> None:
    draws = iter(range(11))

    pin = code.make(lambda size: next(draws) if size == 23 else -1)

    assert pin == Pin("234", "56789ACD")
    assert code.read(pin.text) == pin


def test_no_sign_of_the_alphabet_resembles_another() -> None:
    missing = set(string.digits + string.ascii_uppercase) - set(ALPHABET)

    assert missing == set("0OQ1ILBGSZUVY")
    assert len(ALPHABET) == len(set(ALPHABET)) == 23


def test_the_secret_stays_out_of_tracebacks() -> None:
    assert "P3TXA9R4" not in repr(code.read(EXAMPLE))


@given(pins, st.lists(separators, min_size=13, max_size=13), st.lists(st.booleans(), min_size=12))
def test_any_spelling_of_a_pin_reads_back(pin: Pin, between: list[str], small: list[bool]) -> None:
    signs = pin.text.replace("-", "")
    cased = [s.lower() if low else s for s, low in zip(signs, small, strict=False)]

    typed = between[0] + "".join(a + b for a, b in zip(cased, between[1:], strict=True))

    assert code.read(typed) == pin


@pytest.mark.parametrize(
    "typed",
    [
        "Ｋ７ＭＰ－３ＴＸＡ－９Ｒ４Ｋ",
        "ｋ７ｍｐ　３ｔｘａ　９ｒ４ｋ",
        "𝐊𝟕𝐌𝐏 𝟑𝐓𝐗𝐀 𝟗𝐑𝟒𝐊",
        "\u202ak7mp‐3txa‑9r4k\u202c",
        "K7MP.3TXA.9R4K.",
        "K7MP/3TXA\\9R4K",
        "K7MP…3TXA⁃9R4K\ufe0f",
    ],
)
def test_odd_characters_of_the_same_look_read_back(typed: str) -> None:
    assert code.read(typed).text == EXAMPLE


def test_every_single_wrong_sign_is_a_typing_error() -> None:
    for signs in random_signs(60):
        for at, sign in itertools.product(range(12), ALPHABET):
            wrong = signs[:at] + sign + signs[at + 1 :]
            if wrong != signs:
                assert refusal(wrong).code == "pin_typo"


def test_every_swapped_pair_is_a_typing_error() -> None:
    for signs in random_signs(200):
        for first, second in itertools.combinations(range(12), 2):
            wrong = list(signs)
            wrong[first], wrong[second] = wrong[second], wrong[first]
            if wrong[first] != wrong[second]:
                assert refusal("".join(wrong)).code == "pin_typo"


@given(pins, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_sign_never_reads_as_another_pin(pin: Pin, at: int, sign: str) -> None:
    signs = pin.text.replace("-", "")
    assume(signs[at] != sign)

    assert refusal(signs[:at] + sign + signs[at + 1 :]).code == "pin_typo"


@given(pins, st.integers(0, 11), st.integers(0, 11))
def test_two_swapped_signs_never_read_as_another_pin(pin: Pin, first: int, second: int) -> None:
    signs = list(pin.text.replace("-", ""))
    assume(signs[first] != signs[second])

    signs[first], signs[second] = signs[second], signs[first]

    assert refusal("".join(signs)).code == "pin_typo"


@pytest.mark.parametrize(("typed", "got"), [("", 0), ("K7MP-3TXA-9R4", 11), (EXAMPLE + "K", 13)])
def test_a_wrong_length_is_told_with_both_numbers(typed: str, got: int) -> None:
    refused = refusal(typed)

    assert refused.code == "pin_length"
    assert refused.facts == {"expected": 12, "got": got}


@pytest.mark.parametrize(("sign", "hint"), [("b", "8"), ("G", "6"), ("s", "5"), ("Z", "2")])
def test_a_lookalike_is_answered_with_the_sign_meant(sign: str, hint: str) -> None:
    refused = refusal(f"K7MP-3TXA-9R4{sign}")

    assert refused.code == "pin_sign"
    assert refused.facts == {"sign": sign.upper(), "hint": hint}


@pytest.mark.parametrize("sign", [*"O0QoqI1LilUVYuvy", "Ä", "К", "!", "٣"])
def test_a_sign_that_resembles_none_of_ours_gets_no_hint(sign: str) -> None:
    refused = refusal(f"K7MP-3TXA-9R4{sign}")

    assert refused.code == "pin_sign"
    assert refused.facts == {"sign": sign.upper(), "hint": ""}


@given(st.one_of(st.text(), st.text(alphabet=ALPHABET, min_size=12, max_size=12)))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    outcome = "read" if code.looks_like_pin(typed) else refusal(typed).code

    assert outcome in {"read", "pin_length", "pin_sign", "pin_typo"}


def test_a_pin_typed_as_password_is_recognised() -> None:
    assert code.looks_like_pin("k7mp 3txa 9r4k")


@pytest.mark.parametrize("text", ["", "K7MP-3TXA-9R4M", "K7MP-3TXA", "Sommer-2026!", EXAMPLE * 2])
def test_other_passwords_are_not_taken_for_a_pin(text: str) -> None:
    assert not code.looks_like_pin(text)
