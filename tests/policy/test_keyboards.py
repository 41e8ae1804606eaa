"""Which keys stand in a line, and which beside each other."""

import pytest
from zxcvbn.adjacency_graphs import ADJACENCY_GRAPHS

from idp.policy import keyboards
from idp.policy.keyboards import GERMAN, US, beside, lines


@pytest.mark.parametrize(
    "line", ["1234567890ß", "qwertzuiopü+", "yxcvbnm,.-", "1qay", "2wsx", "4esy", "5rdx",
             '!"§$%&/()=?'],
)  # fmt: skip
def test_a_german_keyboard_has_these_lines(line: str) -> None:
    assert line in lines(GERMAN)


@pytest.mark.parametrize("line", ["qwertyuiop[]", "1qaz", "0p;/", "4esz", "-pl,", "!@#$%^&*()_+"])
def test_an_american_keyboard_has_these_lines(line: str) -> None:
    assert line in lines(US)


@pytest.mark.parametrize("board", [GERMAN, US])
def test_with_and_without_shift_a_row_has_as_many_signs(board: keyboards.Board) -> None:
    assert all(len(plain) == len(shifted) for plain, shifted in board)


@pytest.mark.parametrize("sign", "qQsS5%gGnN")
def test_the_american_graph_is_the_one_that_zxcvbn_brings(sign: str) -> None:
    assert beside("us")[sign] == ADJACENCY_GRAPHS["qwerty"][sign]


def test_neighbours_on_a_german_keyboard_know_each_other() -> None:
    graph = beside("german")

    assert graph["z"] == ["tT", "6&", "7/", "uU", "hH", "gG"]
    assert graph["ö"] == ["lL", "pP", "üÜ", "äÄ", "-_", ".:"]
    for sign, keys in graph.items():
        for key in filter(None, keys):
            assert any(sign in str(back) for back in graph[key[0]])
