"""Rule lists that a profile chooses by name (`password.preset`), and what they depart from."""

from collections.abc import Mapping
from dataclasses import dataclass

Rules = tuple[tuple[str, Mapping[str, object]], ...]


@dataclass(frozen=True)
class Departure:
    """Public advice that a preset does not follow; `code` for the text `departure.<code>`."""

    code: str
    source: str


@dataclass(frozen=True)
class Preset:
    """Rules in their order, and where they depart from public advice."""

    rules: Rules
    departures: tuple[Departure, ...]


NIST = "NIST SP 800-63B-4 §3.1.1.2"
MINIMUM = Departure("minimum", NIST)
CLASSES = Departure("classes", f"{NIST}; OWASP ASVS 5.0 6.2.5")
CLASSES_SHORT = Departure("classes_short", f"{NIST}; OWASP ASVS 5.0 6.2.5")
COMPLICATED = Departure("complicated", "BSI IT-Grundschutz ORP.4.A22")
# Both hold for every preset: how a password is normalised and trimmed is no matter of rules.
TRIMMED = Departure("trimmed", "OWASP ASVS 5.0 6.2.8")
NORMALISED = Departure("normalised", NIST)

FORM: Rules = (("edges", {}), ("signs", {}))
LISTS: Rules = (("common", {}), ("personal", {"shortest": 4}), ("pin", {}))
# From 15 signs on a run is no reason to refuse, it merely earns nothing.
RUNS: Rules = (("sequences", {"run": 4, "repeat": 4, "bypass": 15, "rest": 12}),)
STRONG: Rules = (("strength", {"power": 10}),)

PRESETS: Mapping[str, Preset] = {
    # 15 signs, whatever they are.
    "nist": Preset(
        (*FORM, ("length", {"minimum": 15, "maximum": 256}), *RUNS, *LISTS, *STRONG),
        (NORMALISED, TRIMMED),
    ),
    # 12 signs and 4 classes, from 15 signs on no classes.
    "kammer": Preset(
        (
            *FORM,
            ("length", {"minimum": 12, "maximum": 256}),
            ("classes", {"bypass": 15}),
            *RUNS,
            *LISTS,
            *STRONG,
        ),
        (MINIMUM, CLASSES_SHORT, NORMALISED, TRIMMED),
    ),
    # The rules of an older portal, to the letter: 8 signs, 4 classes, no ABC and no 321 anywhere.
    "classic": Preset(
        (
            *FORM,
            ("length", {"minimum": 8, "maximum": 256}),
            ("classes", {"bypass": 0}),
            ("sequences", {"run": 3, "repeat": 4, "keyboards": (), "bypass": 0}),
            *LISTS,
            # Eight signs can hardly stand more.
            ("strength", {"power": 7}),
        ),
        (MINIMUM, CLASSES, COMPLICATED, NORMALISED, TRIMMED),
    ),
}
