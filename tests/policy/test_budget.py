"""Nobody can hold a worker with a password: the time that judging takes."""

import random
import statistics
import string
import time

import pytest

from idp.plugins import Subject
from tests.policy.presets import preset

KAMMER = preset("kammer")
# Bounds for a machine that does ten other things: alone it takes a tenth of this.
MEDIAN, WORST = 0.05, 0.25
HOSTILE_SUBJECT = Subject(
    ("-".join("abcd" * 25), "a" * 100, "İ" * 100, "_" * 254, "4@1!0$" * 40, "\u0301" * 100)
)
LEET = "4@8({[<3691!|70$5+%2"
HOSTILE = {
    "one sign": "a" * 256,
    "a run": "abcd" * 64,
    "runs back and forth": "abcdcb" * 43,
    "pairs": "ab" * 128,
    "digits": "1234567890" * 26,
    "keyboard": "qwertzuiopü" * 23,
    "dates": "01.02.1990-3/4/91" * 15,
    "repeats in repeats": "aabaabaabaabc" * 20,
    "words in words": "derdiedasundichduer" * 13,
    "all signs for letters": LEET * 13,
    "signs for letters again": "4@8(369 1!|70$5+" * 16,
    "password in disguise": "P4$$w0rd1!" * 26,
    "signs that grow": "İ" * 256,
    "ligatures": "ﬃ" * 256,
    "one sign for a sentence": "\ufdfa" * 256,
    "accents": "a" + "\u0300" * 255,
    "accents out of order": "a" + "\u0345\u0301\u0327" * 85,
    "other digits": "٣٤٥٦٧٨٩٠" * 32,
    "above the first plane": "𝔞𝔟𝔠𝔡" * 64,
    "blanks": " " * 256,
    "a megabyte": "a" * 1_000_000,
    "a megabyte in disguise": "4@1!0$" * 170_000,
    "a megabyte of accents": "\u0327\u0301" * 500_000,
    "a megabyte of syllables": "\u1112\u1161\u11ab" * 330_000,
}


def took(password: str, subject: Subject) -> float:
    begun = time.thread_time()
    KAMMER.problems(password, subject)
    return time.thread_time() - begun


@pytest.mark.parametrize("password", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_password_is_judged_at_once(password: str) -> None:
    """Best of three, so that a busy machine does not count as a slow rule."""
    assert min(took(password, HOSTILE_SUBJECT) for _ in range(3)) < WORST


@pytest.mark.parametrize("signs", [LEET, string.printable, "aäoöuü\u0308\u0301", "ab12"])
def test_any_256_signs_are_judged_quickly(signs: str) -> None:
    draw = random.Random(256)
    times = []

    for _ in range(100):
        times.append(took("".join(draw.choices(signs, k=256)), HOSTILE_SUBJECT))

    assert statistics.median(times) < MEDIAN
