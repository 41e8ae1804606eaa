"""The sample file: every setting with its default and the sentence that explains it."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from idp.settings.models import Settings

SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def sample() -> str:
    """Return the whole file as TOML; docs/settings.sample.toml is made of it."""
    top = [
        "# Every setting with its default. A real file holds only what differs:",
        '# `extends = "b"` and a few lines. The environment wins: IDP_MAIL__HOST sets mail.host.',
        "",
    ]
    plain = {n: f for n, f in Settings.model_fields.items() if not _is_table(f)}
    tables = {n: f for n, f in Settings.model_fields.items() if _is_table(f)}
    lines = [*top, *(line for n, f in plain.items() for line in _entry(n, f))]
    for name, field in tables.items():
        model: type[BaseModel] = field.annotation  # type: ignore[assignment]
        lines += ["", f"# {(model.__doc__ or '').strip()}", f"[{name}]"]
        lines += [line for n, f in model.model_fields.items() for line in _entry(n, f)]
    return "\n".join(lines) + "\n"


def _is_table(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _entry(name: str, field: FieldInfo) -> Iterator[str]:
    yield from (f"# {line.strip()}" for line in str(field.description).splitlines())
    written = _written(field.default)
    yield f"{name} = {written}" if written else f"# {name} ="


def _written(value: Any) -> str | None:
    """Write a default as TOML; None for what has no default."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        size, unit = next((s, u) for s, u in SPANS if seconds % s == 0)
        count = seconds // size
        return f'"{count} {unit}"' if count == 1 else f'"{count} {unit}s"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(str(_written(item)) for item in value) + "]"
    if isinstance(value, str | StrEnum | Path):
        text = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    return None
