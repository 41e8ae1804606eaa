"""Keyboards: which signs stand in a line on one, and which beside each other.

A key is two signs, plain and with Shift. Rows are shifted by half a key, so that under each key
there are two: `1qay` goes down one way, `4esy` the other.
"""

from collections.abc import Iterator, Mapping
from functools import cache

Board = tuple[tuple[str, str], ...]

GERMAN: Board = (
    ("1234567890ß", '!"§$%&/()=?'),
    ("qwertzuiopü+", "QWERTZUIOPÜ*"),
    ("asdfghjklöä#", "ASDFGHJKLÖÄ'"),
    ("yxcvbnm,.-", "YXCVBNM;:_"),
)
US: Board = (
    ("1234567890-=", "!@#$%^&*()_+"),
    ("qwertyuiop[]", "QWERTYUIOP{}"),
    ("asdfghjkl;'", 'ASDFGHJKL:"'),
    ("zxcvbnm,./", "ZXCVBNM<>?"),
)
BOARDS: Mapping[str, Board] = {"german": GERMAN, "us": US}

# Beside a key, clockwise from the left: steps along the row and down the rows.
AROUND = ((-1, 0), (0, -1), (1, -1), (1, 0), (0, 1), (-1, 1))


def lines(board: Board) -> Iterator[str]:
    """Yield rows and columns, both ways down, without Shift; and the signs above the digits."""
    plain = [row for row, _ in board]
    yield from plain
    yield board[0][1]
    for at in range(len(plain[0])):
        yield "".join(row[at] for row in plain if at < len(row))
        places = range(at, -1, -1)
        yield "".join(row[to] for row, to in zip(plain, places, strict=False) if to < len(row))


@cache
def beside(name: str) -> dict[str, list[str | None]]:
    """Return for each sign the keys around it, as zxcvbn's graphs have them."""
    board = BOARDS[name]
    return {
        sign: [_key(board, column + right, row + down) for right, down in AROUND]
        for row, (plain, shifted) in enumerate(board)
        for column in range(len(plain))
        for sign in (plain[column], shifted[column])
    }


def _key(board: Board, column: int, row: int) -> str | None:
    if 0 <= row < len(board) and 0 <= column < len(board[row][0]):
        plain, shifted = board[row]
        return plain[column] + shifted[column]
    return None
