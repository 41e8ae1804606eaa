"""The policy as a whole: the preset `kammer`, order, and that judging is pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import WeakPassword
from idp.plugins import Problem, Subject
from idp.policy import LIMIT, Policy, Verdict, normal
from idp.policy.length import Length
from tests.policy.presets import preset

NOBODY = Subject()

ERIKA = Subject(("erika.mustermann", "Erika", "Mustermann-Groß", "Kammer-Konto"))


KAMMER = preset("kammer")


def codes(password: str, subject: Subject = ERIKA) -> list[str]:
    return [problem.code for problem in KAMMER.problems(password, subject)]


@pytest.mark.parametrize(
    "password",
    [
        "Kachelofen-38-Nord",
        "Blau!Zaun7Reg",
        "drei alte kühe im regen",
        "FünfÖfen&Wärme1",
        "ß" * 3 + "Ab1-xkdmvow",
        "回答は四十二です-Ab1x",
        "🦔🎺🧶🪵🦉🍐 Igel im Laub",
    ],
)
def test_a_good_password_has_no_problem(password: str) -> None:
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ["too_short", "missing_upper", "missing_lower", "missing_digit", "missing_special",
              "guessable"]),
        ("Kurz-7", ["too_short", "guessable"]),
        ("kachelofen38", ["missing_upper", "missing_special"]),
        ("Kachel\u200bofen-38", ["invisible"]),
        ("K7MP-3TXA-9R4K", ["missing_lower", "pin"]),
        ("Passwort123!", ["common", "guessable"]),
        ("Sommer2024!!", ["guessable"]),
        ("Of-6zhn-Laubx7", ["sequence"]),
        ("KACHELOFEN-38", ["missing_lower"]),
        ("Kachelofen-Nor", ["missing_digit"]),
        ("Kachelofen38N", ["missing_special"]),
        (" Kachelofen-38", ["blank_edges"]),
        ("Kachelofen-38\u00a0", ["blank_edges"]),
        ("Xbcdefgh-38-Nq", ["sequence"]),
        ("Ofen-9876-Laub", ["sequence"]),
        ("Qwertz-38-Laubx", ["sequence"]),
        ("Ofenaaaa-38-Lx", ["repeat"]),
        ("3r1ka-Ofenrohr-7", ["personal"]),
        ("Ofen-Erika-38", ["personal"]),
        ("mustermann", ["too_short", "missing_upper", "missing_digit", "missing_special",
                        "common", "personal", "guessable"]),
        ("groß im Kammern steht", ["personal"]),
        ("a" * 257, ["too_long", "repeat", "guessable"]),
    ],
)  # fmt: skip
def test_each_broken_rule_is_named(password: str, expected: list[str]) -> None:
    assert codes(password) == expected


def test_everything_wrong_is_told_at_once() -> None:
    problems = ["blank_edges", "too_short", "missing_upper", "missing_digit", "sequence",
                "guessable"]  # fmt: skip

    assert codes(" abcde ") == problems
    with pytest.raises(WeakPassword) as weak:
        KAMMER.require(" abcde ", ERIKA)
    assert [problem.code for problem in weak.value.problems] == problems  # type: ignore[attr-defined]


def test_a_good_password_passes_require_silently() -> None:
    assert KAMMER.require("Kachelofen-38-Nord", ERIKA) is None


def test_both_spellings_of_an_umlaut_are_one_password() -> None:
    composed, taken_apart = "Kühe-im-Süden-38", "Ku\u0308he-im-Su\u0308den-38"

    assert normal(composed) == normal(taken_apart)
    assert KAMMER.problems(composed, ERIKA) == KAMMER.problems(taken_apart, ERIKA)


def test_length_counts_signs_not_bytes() -> None:
    assert "too_short" in codes("Ü1-" + "ü" * 3 + "äöäöä")
    assert "too_short" not in codes("Ü1-" + "ü" * 3 + "äöäöäö")


@given(password=st.text(max_size=300), word=st.text(max_size=30))
def test_judging_changes_nothing_and_answers_the_same_again(password: str, word: str) -> None:
    subject = Subject((word,))

    first = KAMMER.problems(password, subject)

    assert KAMMER.problems(password, subject) == first
    assert subject == Subject((word,))


@given(password=st.text(min_size=1, max_size=300))
def test_no_message_shows_more_than_three_signs_of_the_password(password: str) -> None:
    for problem in KAMMER.problems(password, ERIKA):
        shown = [value for value in problem.facts.values() if isinstance(value, str)]
        assert all(len(value) <= 3 for value in shown)


@given(
    word=st.text("abcdefghijklmnopqrstuvwxyzäöüß", min_size=6, max_size=20),
    before=st.text("XY#7", max_size=5),
    after=st.text("XY#7", max_size=5),
)
def test_a_personal_word_is_never_repeated_in_the_message(
    word: str, before: str, after: str
) -> None:
    problems = KAMMER.problems(before + word.upper() + after, Subject((word,)))

    assert Problem("personal") in problems
    assert all(word not in str(problem.facts.values()).casefold() for problem in problems)


def test_the_advice_comes_in_the_order_of_the_rules() -> None:
    assert KAMMER.advice() == (
        Problem("length", {"minimum": 12}),
        Problem("classes", {"bypass": 15}),
        Problem("sequences", {"run": 4, "repeat": 4}),
        Problem("common"),
        Problem("personal"),
        Problem("strength"),
    )


def test_rules_run_in_the_order_they_are_given() -> None:
    backwards = Policy(tuple(reversed(KAMMER.rules)))

    found = [problem.code for problem in backwards.problems(" abcde ", ERIKA)]

    assert found == ["guessable", "sequence", "missing_upper", "missing_digit", "too_short",
                     "blank_edges"]  # fmt: skip


def test_each_rule_gives_its_verdict_beside_its_advice() -> None:
    verdicts = KAMMER.verdicts("Kachelofen-Nor ", ERIKA)

    assert len(verdicts) == len(KAMMER.rules)
    assert verdicts[0] == Verdict(None, (Problem("blank_edges"),))
    assert verdicts[2] == Verdict(Problem("length", {"minimum": 12}), ())


@pytest.mark.parametrize("sign", ["a", "\u0301", "\u1112\u1161\u11ab", "é" + "\u0327"])
def test_of_a_megabyte_only_the_beginning_is_looked_at_and_it_is_too_long(sign: str) -> None:
    hostile = sign * (1_000_000 // len(sign))

    assert Problem("too_long", {"length": 256}) in KAMMER.problems(hostile, ERIKA)
    assert KAMMER.problems(hostile, ERIKA) == KAMMER.problems(hostile[:LIMIT], ERIKA)


@pytest.mark.parametrize("odd", ["ﬁ", "２", "①", "ſ", "ᵃ", "…", "\u00a0"])
def test_signs_that_only_look_alike_are_two_passwords(odd: str) -> None:
    assert normal(f"Kachel{odd}ofen") == f"Kachel{odd}ofen"


def test_a_mark_on_a_letter_makes_a_password_no_longer() -> None:
    policy = Policy((Length(8),))

    assert policy.problems("u\u0308" * 7, NOBODY) == policy.problems("ü" * 7, NOBODY) != ()
