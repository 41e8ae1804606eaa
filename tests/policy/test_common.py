"""The lists of leaked passwords."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.common import Common
from idp.policy.lists import leaked

NOBODY = Subject()


def common(password: str) -> bool:
    return list(Common()(password, NOBODY)) == [Problem("common")]


@pytest.mark.parametrize(
    "password",
    ["123456", "password", "passwort", "hallo123", "1qaz2wsx", "qwertzuiop", "Passwort123!",
     "sonnenschein", "Sonnenschein1", "schmetterling", "kartoffelsalat", "ichliebedich",
     "fussballgott", "dortmund1909", "passwordpassword", "1234567890123456"],
)  # fmt: skip
def test_a_password_that_everybody_knows_is_found(password: str) -> None:
    assert common(password)


@pytest.mark.parametrize(
    "password",
    ["PASSWORD", "SonnenScheiN", "KARTOFFELSALAT", "Fußballgott", "FUSSBALLGOTT", "bayernmünchen",
     "Ｐａｓｓｗｏｒｔ１２３"],
)  # fmt: skip
def test_case_and_umlauts_hide_nothing(password: str) -> None:
    assert common(password)


@pytest.mark.parametrize(
    "password", ["Passwort1", "sommer123", "Hallo123!", "Test1234!", "Berlin-24"]
)
def test_a_number_behind_a_known_short_one_hides_it_neither(password: str) -> None:
    assert common(password)


@pytest.mark.parametrize("password", ["Wurst!72x", "Abc123!", "72sommer", "Kuh-7-Gr", "1234!567"])
def test_other_short_ones_are_not_taken_for_known(password: str) -> None:
    assert not common(password)


@pytest.mark.parametrize(
    "password", ["Kachelofen-38-Nord", "Wetterhahn!52-Süd", "Regenschirm im Mai", "", "abc", "a",
                 "回答は四十二です-Ab1x", "\ud800\udfff" * 8],
)  # fmt: skip
def test_what_is_on_no_list_passes(password: str) -> None:
    assert not common(password)


def test_what_is_shorter_than_anything_a_preset_takes_is_not_looked_up() -> None:
    assert not common("12345")
    assert list(Common(shortest=5)("12345", NOBODY)) == [Problem("common")]


@given(st.text(max_size=300))
def test_any_text_can_be_looked_up(password: str) -> None:
    found = list(Common()(password, NOBODY))

    assert found in ([], [Problem("common")])


def test_a_look_up_keeps_nothing_of_the_list_in_memory() -> None:
    """53 MB lie on disk; what the package maps counts as resident, tracemalloc would not see it."""
    leaked("sonnenschein")
    before = resident()

    for number in range(300):
        leaked(f"sonnenschein{number}")

    assert resident() - before < 4 << 20


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_the_advice_tells_that_there_are_lists() -> None:
    assert Common().advice() == Problem("common")


def test_of_ten_signs_the_whole_counts_and_not_the_word_before_the_number() -> None:
    assert list(Common()("dragon#7%", NOBODY)) == [Problem("common")]
    assert list(Common()("dragon#7%1", NOBODY)) == []


@pytest.mark.parametrize("password", ["blumen1234", "fussball10", "schalke04!", "basketball"])
def test_ten_signs_are_looked_up_in_the_long_list(password: str) -> None:
    assert list(Common()(password, NOBODY)) == [Problem("common")]
