"""Runs of the alphabet, of digits, of keyboard rows and of one sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.sequences import ALPHABET, KEYBOARDS, Sequences, folded, runs

NOBODY = Subject()
ROWS = ALPHABET + KEYBOARDS


def found(password: str, **options: object) -> list[Problem]:
    return list(Sequences(**options)(password, NOBODY))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "run",
    ["abcd", "wxyz", "DCBA", "aBcD", "1234", "4321", "6789", "7890", "0987", "3210",
     "qwertz", "ztrewq", "tzui", "iopü", "Üpoi", "asdf", "fdsa", "jklö", "klöä", "yxcv", "vcxy",
     "qwerty", "ytrewq", "rtyu", "zxcv", "vbnm"],
)  # fmt: skip
def test_a_run_is_found_at_any_place(run: str) -> None:
    for password in (run, f"Ofen{run}", f"{run}-Ofen", f"#x{run}x#"):
        assert [problem.code for problem in found(password)] == ["sequence"]


@pytest.mark.parametrize("password", ["abc", "Kachelofen", "a1b2c3d4", "acegik", "1357", "äöü",
                                      "qaywsx", "abxcd", "ab cd", "yzab", "9012"])  # fmt: skip
def test_what_is_no_run_passes(password: str) -> None:
    assert found(password) == []


@given(
    row=st.sampled_from(ROWS),
    data=st.data(),
    backwards=st.booleans(),
    before=st.text("#!?", max_size=3),
)
def test_every_part_of_every_row_is_found_both_ways_and_in_any_case(
    row: str, data: st.DataObject, backwards: bool, before: str
) -> None:
    length = data.draw(st.integers(4, len(row)))
    begin = data.draw(st.integers(0, len(row) - length))
    part = row[begin : begin + length]
    part = part[::-1] if backwards else part
    cased = "".join(data.draw(st.sampled_from((sign, sign.upper()))) for sign in part)

    assert found(before + cased, bypass=0)


@given(sign=st.characters(exclude_categories=("Cs",)), count=st.integers(4, 14))
def test_one_sign_again_and_again_is_a_repeat(sign: str, count: int) -> None:
    assert "repeat" in [problem.code for problem in found(sign * count)]


def test_a_repeat_is_a_repeat_in_any_case() -> None:
    assert found("aAaA") == [Problem("repeat", {"run": "aAa"})]


def test_three_in_a_row_are_allowed() -> None:
    assert found("abc-zyx-123-987-aaa") == []


def test_the_message_names_the_longest_run_by_its_first_three_signs() -> None:
    assert found("abcd-9876543") == [Problem("sequence", {"run": "987"})]


def test_the_keyboard_can_be_left_out() -> None:
    assert found("qwertz", keyboard=False) == []
    assert [problem.code for problem in found("abcd", keyboard=False)] == ["sequence"]


def test_the_length_of_a_run_comes_from_the_configuration() -> None:
    assert found("abc", run=3) == [Problem("sequence", {"run": "abc"})]
    assert Sequences(run=3).advice() == Problem("sequences", {"run": 3})


@pytest.mark.parametrize(
    ("password", "refused"),
    [
        ("abcd" + "Ofenkachelnx", False),  # 16 signs, 13 of them count
        ("abcd" + "Ofenkacheln", False),  # 15 signs, 12 of them count
        ("abcde" + "Ofenkachel", True),  # 15 signs, 11 of them count
        ("abcd" + "Ofenkachel", True),  # 14 signs: a run is a reason
        ("a" * 60, True),
        ("abcdefghijklmnopqrstuvwxyz", True),
        ("1234567890" * 5, True),
    ],
)
def test_from_15_signs_on_a_run_merely_does_not_count(password: str, refused: bool) -> None:
    assert bool(found(password)) is refused


def test_without_a_bypass_a_run_is_always_refused() -> None:
    assert found("abcd" + "Ofenkachelnx", bypass=0)


@pytest.mark.parametrize("odd", ["İ", "ß", "ﬃ", "ẞ", "ŉ", "ǰ"])
def test_signs_that_change_their_length_do_not_shift_what_is_shown(odd: str) -> None:
    assert found(f"{odd * 3}abcd", bypass=0) == [Problem("sequence", {"run": "abc"})]


@given(st.text(max_size=80))
def test_folding_keeps_the_number_of_signs(password: str) -> None:
    assert len(folded(password)) == len(password)


@given(st.text(max_size=60), st.integers(2, 6))
def test_every_run_found_lies_inside_the_password(password: str, shortest: int) -> None:
    for begin, end in runs(password, ROWS, shortest):
        assert 0 <= begin < end <= len(password)
        assert end - begin >= shortest


@given(st.text(max_size=60))
def test_a_password_is_judged_the_same_backwards(password: str) -> None:
    assert bool(found(password)) == bool(found(password[::-1]))
