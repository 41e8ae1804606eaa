"""What each preset takes and refuses, and which advice it departs from."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.plugins import Subject
from idp.policy import Policy
from idp.policy.lists import german
from idp.policy.presets import PRESETS
from idp.policy.strength import Strength
from idp.settings.parts import Preset
from tests.house.test_texts import KEYS
from tests.policy.presets import preset

NOBODY = Subject()

NIST, KAMMER, CLASSIC = preset("nist"), preset("kammer"), preset("classic")
ERIKA = Subject(("erika.mustermann", "Erika", "Mustermann", "Kammer-Konto"))
RUNS = ["ABC", "abc", "aBc", "cba", "CBA", "xyz", "ZYX", "123", "321", "789", "987", "stu", "UTS"]


def codes(policy: Policy, password: str) -> set[str]:
    return {problem.code for problem in policy.problems(password, ERIKA)}


def test_the_settings_know_every_preset_and_no_other() -> None:
    assert {preset.value for preset in Preset} == set(PRESETS)


# --- classic: the seed's rules to the letter


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("shape", ["{}-Ofenrohr7Kx", "Ofen!{}7Rohr-Kx", "Ofenrohr-7K{}"])
def test_classic_refuses_abc_and_321_anywhere_in_both_cases_and_directions(
    run: str, shape: str
) -> None:
    assert codes(CLASSIC, shape.format(run)) - {"missing_digit"} == {"sequence"}


@given(st.sampled_from("abcdefghijklmnopqrstuvwx"), st.booleans(), st.booleans(),
       st.sampled_from(["", "Ofen", "K7!"]))  # fmt: skip
def test_classic_refuses_every_three_letters_in_their_order(
    first: str, backwards: bool, capitals: bool, before: str
) -> None:
    run = "".join(chr(ord(first) + step) for step in range(3))
    run = run[::-1] if backwards else run

    assert "sequence" in codes(CLASSIC, before + (run.upper() if capitals else run))


@pytest.mark.parametrize(
    "password", ["Qwertz!7Ofen", "Ofen-Asdf-72", "1qay!Ofenrohr", "Ofen!!!7Rohr"]
)
def test_classic_has_no_rule_about_keyboards(password: str) -> None:
    assert "sequence" not in codes(CLASSIC, password)


def test_classic_wants_eight_signs_and_all_four_classes_at_any_length() -> None:
    assert codes(CLASSIC, "xK7!pq2Z") == set()
    assert codes(CLASSIC, "xK7!p2Z") == {"too_short"}
    assert codes(CLASSIC, "Regenschirm im Mai") == {"missing_digit"}
    assert codes(CLASSIC, "regenschirm im mai 7") == {"missing_upper"}
    assert codes(CLASSIC, "REGENSCHIRM IM MAI 7") == {"missing_lower"}
    assert codes(CLASSIC, "Regenschirm7imMai") == {"missing_special"}


# --- kammer and nist


@pytest.mark.parametrize("run", ["abcd", "DCBA", "4321", "6789", "qwer", "trewq", "6zhn", "zxcv"])
def test_kammer_refuses_runs_of_four(run: str) -> None:
    assert codes(KAMMER, f"Of-{run}-Rx7Kq"[:14]) & {"sequence"}
    assert "sequence" not in codes(KAMMER, f"Of-{run[:3]}-Rx7Kqv"[:14])


@pytest.mark.parametrize("policy", [KAMMER, NIST])
def test_from_15_signs_on_a_run_merely_earns_nothing(policy: Policy) -> None:
    assert codes(policy, "Ofenrohr-abcd-Ka") == set()
    assert codes(policy, "Werterhalt im Werk") == set()
    assert "sequence" in codes(policy, "Ofen-abcdefgh-Ka")


def test_kammer_wants_12_signs_and_four_classes_below_15() -> None:
    assert codes(KAMMER, "Blau!Zaun7Re") == set()
    assert codes(KAMMER, "Blau!Zaun7R") == {"too_short"}
    assert "missing_upper" in codes(KAMMER, "blauer7 zaun!x")
    assert codes(KAMMER, "blauer zaun am see") == set()


def test_nist_wants_15_signs_and_no_classes() -> None:
    assert codes(NIST, "Blau!Zaun7Regx") == {"too_short"}
    assert codes(NIST, "blauer zaun am see") == set()
    assert codes(NIST, "blauerzaunamsee") == set()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_asks_lists_personal_words_and_strength(name: str) -> None:
    policy = preset(name)

    assert "common" in codes(policy, "Passwort123!")
    assert "personal" in codes(policy, "3rika-Ofenrohr-7Kx")
    assert "pin" in codes(policy, "K7MP-3TXA-9R4K")
    assert "guessable" in codes(policy, "Handwerk")
    assert "blank_edges" in codes(policy, "Kachelofen-38-Nord ")
    assert "invisible" in codes(policy, "Kachel\u200bofen-38-Nord")


# --- passphrases

COUNT, PARTS = 20_000, 4
NAMED = ("Handwerk", "Werkstatt", "Stuhl", "Antwort", "Wertstoff", "Sturm", "Innung", "Meister")
ANYBODY = Subject(("Kammer-Konto", "Handwerkskammer Musterstadt"))


def passphrases(part: int) -> list[str]:
    """Return a part of them: four German words each, drawn with a fixed seed."""
    words = [word.capitalize() for word in dict(german()) if len(word) >= 4]
    draw = random.Random(part)
    made = [draw.choices(words, k=4) for _ in range(COUNT // PARTS)]
    for word, four in zip(NAMED, made, strict=False):
        four[0] = word
    return [draw.choice((" ", "-", ".")).join(four) for four in made]


def refused(policy: Policy, phrases: list[str], every: int) -> int:
    """Count refusals; of the one rule that takes long, those of every so-manieth phrase."""
    slow = [rule for rule in policy.rules if isinstance(rule, Strength)]
    quick = Policy(tuple(rule for rule in policy.rules if rule not in slow))
    by_quick = sum(bool(quick.problems(phrase, ANYBODY)) for phrase in phrases)
    by_slow = sum(bool(Policy(tuple(slow)).problems(p, ANYBODY)) for p in phrases[::every])
    return by_quick + by_slow * every


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("policy", [KAMMER, NIST], ids=["kammer", "nist"])
def test_at_most_one_passphrase_in_a_hundred_is_refused(
    policy: Policy, part: int, pytestconfig: pytest.Config
) -> None:
    phrases = passphrases(part)

    found = refused(policy, phrases, 1 if pytestconfig.getoption("full") else 10)

    assert len(phrases) == COUNT // PARTS
    assert found <= len(phrases) // 100
    assert [phrase for phrase in phrases[: len(NAMED)] if policy.problems(phrase, ANYBODY)] == []


def test_the_drawn_words_hold_short_runs_as_german_words_do() -> None:
    runs = re.compile("stu|wer|ert|rst|def|nop")

    assert (
        sum(bool(runs.search(phrase.lower())) for phrase in passphrases(0)) > COUNT // PARTS // 10
    )


# --- advice


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_departure_has_its_source_and_its_words(name: str) -> None:
    for departure in PRESETS[name].departures:
        assert f"departure.{departure.code}" in KEYS
        assert re.match("NIST SP 800-63B-4|OWASP ASVS|BSI", departure.source)


def test_what_a_preset_departs_from_follows_from_its_rules() -> None:
    for name, chosen in PRESETS.items():
        rules, departs = dict(chosen.rules), {departure.code for departure in chosen.departures}
        minimum = rules["length"]["minimum"]
        bypass = rules.get("classes", {}).get("bypass")

        assert ("minimum" in departs) == (isinstance(minimum, int) and minimum < 15), name
        assert ("classes" in departs) == (bypass == 0), name
        assert ("classes_short" in departs) == bool(bypass), name
        assert {"normalised", "trimmed"} <= departs, name


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_takes_256_signs_and_one_sign_three_times_in_a_row(name: str) -> None:
    def codes(password: str) -> set[str]:
        return {problem.code for problem in preset(name).problems(password, NOBODY)}

    long = "Kachelofen-38-Nord " * 13 + "Wetterhah"
    assert (len(long), codes(long) & {"too_long"}) == (256, set())
    assert "too_long" in codes(long + "n")
    assert "repeat" in codes("Ofeeee-38-Nx")
    assert "repeat" not in codes("Ofeee-38-Nx")


@pytest.mark.parametrize(("name", "power"), [("nist", 10), ("kammer", 10), ("classic", 7)])
def test_so_much_is_wanted_of_each_preset(name: str, power: int) -> None:
    wanted = dict(PRESETS[name].rules)

    assert wanted["strength"] == {"power": power}
    if name != "classic":
        assert wanted["sequences"] == {"run": 4, "repeat": 4, "bypass": 15, "rest": 12}
