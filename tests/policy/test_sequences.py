"""Runs of the alphabet, of digits, of keyboard rows and of one sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.keyboards import BOARDS, lines
from idp.policy.sequences import ALPHABET, Sequences, folded, repeats, runs

NOBODY = Subject()
KEYBOARDS = tuple(BOARDS)
ROWS = [*ALPHABET, *(line for board in BOARDS.values() for line in lines(board))]
LONG = [row for row in ROWS if len(row) >= 4]


def found(password: str, **options: object) -> list[Problem]:
    return list(Sequences(**options)(password, NOBODY))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "run",
    ["abcd", "wxyz", "DCBA", "aBcD", "1234", "4321", "6789", "7890", "0987", "3210",
     "qwertz", "ztrewq", "tzui", "iopü", "Üpoi", "asdf", "fdsa", "jklö", "klöä", "yxcv", "vcxy",
     "qwerty", "ytrewq", "rtyu", "zxcv", "vbnm", "890ß",
     "1qay", "yaq1", "2wsx", "3EDC", "1qaz", "zaq1", "4esy", "4esz", "0okm", "!\"§$", "%&/(",
     "!@#$", "^&*("],
)  # fmt: skip
def test_a_run_is_found_at_any_place(run: str) -> None:
    for password in (run, f"Ofen{run}", f"{run}-Ofen", f"#x{run}x#"):
        assert [problem.code for problem in found(password)] == ["sequence"]


@pytest.mark.parametrize("password", ["abc", "Kachelofen", "a1b2c3d4", "acegik", "1357", "äöü",
                                      "qaywsx", "abxcd", "ab cd", "yzab", "9012", "qay", "esy",
                                      "Stuhl", "Werkstatt", "Handwerk"])  # fmt: skip
def test_what_is_no_run_passes(password: str) -> None:
    assert found(password) == []


@given(
    row=st.sampled_from(LONG),
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
    # `ß` in capitals is two signs.
    cased = "".join(
        data.draw(st.sampled_from((sign, sign.upper() if sign != "ß" else sign))) for sign in part
    )

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
    assert found("qwertz1qay", keyboards=()) == []
    assert [problem.code for problem in found("abcd", keyboards=())] == ["sequence"]
    assert Sequences(keyboards=()).advice() == Problem("sequences_plain", {"run": 4, "repeat": 4})


def test_each_keyboard_counts_alone() -> None:
    assert found("qwertz", keyboards=["us"]) == [Problem("sequence", {"run": "qwe"})]  # qwert
    assert found("rtzu", keyboards=["us"]) == []
    assert found("rtzu", keyboards=["german"])
    assert found("rtyu", keyboards=["german"]) == []
    assert found("rtyu", keyboards=["us"])


def test_a_keyboard_that_nobody_has_is_refused_when_the_house_starts() -> None:
    with pytest.raises(ValueError, match="no keyboard 'french'; there are: german, us"):
        Sequences(keyboards=["us", "french"])


def test_how_often_one_sign_may_stand_is_counted_for_itself() -> None:
    assert found("aaab", run=3) == []
    assert found("aaab", run=3, repeat=3) == [Problem("repeat", {"run": "aaa"})]


def test_the_length_of_a_run_comes_from_the_configuration() -> None:
    assert found("abc", run=3) == [Problem("sequence", {"run": "abc"})]
    assert Sequences(run=3).advice() == Problem("sequences", {"run": 3, "repeat": 4})


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
    signs = folded(password)
    for begin, end in (*runs(signs, KEYBOARDS, shortest), *repeats(signs, shortest)):
        assert 0 <= begin < end <= len(password)
        assert end - begin >= shortest


@given(st.text(max_size=60))
def test_a_password_is_judged_the_same_backwards(password: str) -> None:
    assert bool(found(password)) == bool(found(password[::-1]))


@pytest.mark.parametrize("run", ["7890", "0987", "6789", "0123", "3210"])
def test_without_keyboards_digits_run_on_to_the_nought_at_either_end(run: str) -> None:
    assert [p.code for p in Sequences(keyboards=())(run, NOBODY)] == ["sequence"]
