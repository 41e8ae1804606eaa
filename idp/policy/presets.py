"""Rule lists that a profile chooses by name (`password.preset`)."""

from collections.abc import Mapping

PRESETS: Mapping[str, tuple[tuple[str, Mapping[str, object]], ...]] = {
    # 12 signs and 4 classes, from 15 signs on no classes.
    "kammer": (
        ("edges", {}),
        ("length", {"minimum": 12, "maximum": 256}),
        ("classes", {"bypass": 15}),
        ("sequences", {"run": 4, "keyboard": True, "bypass": 15, "rest": 12}),
        ("personal", {"shortest": 4}),
    ),
}
