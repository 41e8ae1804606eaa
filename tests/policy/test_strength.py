"""Not easy to guess."""

import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Problem, Subject
from idp.policy.lists import german, guesses, loaded
from idp.policy.strength import Strength

NOBODY = Subject()


def weak(password: str, *words: str, power: float = 10) -> bool:
    return list(Strength(power)(password, Subject(words))) == [Problem("guessable")]


@pytest.mark.parametrize(
    "password",
    ["", "Ofen", "Sommer2024!!", "Passwort-2024", "Handwerk2024!", "Meister2026!!",
     "Weihnachten2025!", "Schnitzel!123", "Qwertz123456!", "P4ssw0rt!2024", "Geheim!12345",
     "24.12.1985-1", "passwortpasswort", "aaaaaaaaaaaaaaaaaaaa", "Yxcvbnm,.-Lkjhgfdsa",
     "1qay2wsx3edc4rfv", "lieblingsverein", "gnilrettemhcS", "Moebelhaus2031"],
)  # fmt: skip
def test_what_is_quickly_guessed_is_named(password: str) -> None:
    assert weak(password)


@pytest.mark.parametrize(
    "password",
    ["Kachelofen-38-Nord", "Wetterhahn!52-Süd", "Regenschirm im Mai", "Werkstatt-Hobel-27",
     "drei alte kühe im regen", "Zwölf Frösche tanzen 7", "xkdmvowqpzrb", "🦔🎺🧶🪵🦉🍐 Igel"],
)  # fmt: skip
def test_what_is_not_guessed_quickly_passes(password: str) -> None:
    assert not weak(password)


def test_words_that_are_added_at_the_end_count() -> None:
    assert weak("passwort" * 8)
    assert not weak("passwort" * 4 + " Regenschirm Kachelofen Fensterbrett")


def test_the_words_of_a_person_are_guessed_first() -> None:
    assert not weak("Hobelspan-Ofenrohr")
    assert weak("Hobelspan-Ofenrohr", "Hobelspan", "Ofenrohr")
    assert weak("H0b3lsp4n-Ofenrohr", "Hobelspan", "Ofenrohr")


def test_the_words_of_one_person_are_forgotten_for_the_next() -> None:
    before = guesses("hobelspan", [])

    guesses("hobelspan", ["hobelspan"])

    assert guesses("hobelspan", []) == before
    assert set(loaded().matching.RANKED_DICTIONARIES) == {"words"}


def test_many_threads_at_once_get_the_answers_of_one() -> None:
    mine = {f"eigenname{number}": guesses(f"eigenname{number}", []) for number in range(8)}
    wrong: list[str] = []

    def ask(name: str) -> None:
        for _ in range(20):
            if guesses(name, [name]) > 1 or guesses(name, []) != mine[name]:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(name,)) for name in mine]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_german_words_come_by_frequency_with_their_umlauts_written_out() -> None:
    words = dict(german())

    assert 30_000 < len(words) < 40_000
    assert words["handwerk"] < 15_000
    assert words["möbel"] == words["moebel"]
    assert words["spaß"] < 1000 > words["mädchen"]
    assert min(len(word) for word in words) == 3


@pytest.mark.parametrize("walk", ["qwertzuiopü", "asdfghjklöä", "6zhn7ujm", "tzuiopü+"])
def test_a_walk_over_a_german_keyboard_is_one_guess_of_few(walk: str) -> None:
    assert guesses(walk, []) < 6


@pytest.mark.parametrize("year", ["1968", "2019", "2026", "2049"])
def test_a_year_is_a_year_also_after_2019(year: str) -> None:
    assert guesses(year, []) < 3


def test_the_wanted_strength_comes_from_the_configuration() -> None:
    assert weak("Hammer&3Nagel", power=14)
    assert not weak("Hammer&3Nagel", power=7)


@pytest.mark.parametrize(
    "password",
    ["1234\n", "12345678\n9", "a\na\na\na\na\na\n", "٣٤٥٦٧٨٩٠١٢", "½½½½½½½½½½½½", "\ud800" * 12,
     "\u0301" * 40, "İ" * 40, "\x00" * 20, "ß\u0308" * 20],
)  # fmt: skip
def test_no_odd_text_breaks_it(password: str) -> None:
    assert isinstance(weak(password), bool)


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=5))
def test_any_text_and_any_words_have_an_answer(password: str, words: list[str]) -> None:
    assert isinstance(weak(password, *words), bool)


@given(st.text("abcdefghijklmnopqrstuvwxyzäöüß0123456789!-", min_size=10, max_size=31))
def test_what_a_person_is_called_never_makes_a_password_stronger(password: str) -> None:
    assert guesses(password, [password[:5].casefold()]) <= guesses(password, []) + 1e-9


def test_nothing_is_loaded_before_the_first_password() -> None:
    program = (
        "import sys; from idp import builtin; from idp.plugins import Plugins, Subject;"
        "plugins = Plugins(); builtin.plug(plugins); rules = plugins.password_rules.items();"
        "[list(make()('Ab 1!', Subject(('Beispiel',)))) for _, make in rules];"
        "print('zxcvbn.matching' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"


def test_the_advice_tells_what_is_easy() -> None:
    assert Strength().advice() == Problem("strength")
