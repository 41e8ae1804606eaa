"""Reading the configuration: profile, file, environment; every mistake is told at once."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from idp.errors import Misconfigured
from idp.settings.environment import PREFIX, Environment, origin
from idp.settings.models import Settings

PROFILES = Path(__file__).parent.parent / "profiles"


def load(config: str | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of `config` (default: `IDP_CONFIG`, else profile `b`).

    `overrides` go over the file, below the environment. Raises Misconfigured with every mistake.
    """
    source = config or os.environ.get("IDP_CONFIG") or "b"
    mistakes = [f"{name}: no such setting" for name in unknown()]
    values: dict[str, Any] = {}
    try:
        values = read(source)
    except Misconfigured as error:
        # The environment is looked through all the same.
        mistakes += error.mistakes
    try:
        settings = Settings(**merged(values, dict(overrides or {})))
    except ValidationError as error:
        raise Misconfigured(mistakes + told(source, error)) from error
    if mistakes:
        raise Misconfigured(mistakes)
    return settings


def told(source: str, error: ValidationError) -> list[str]:
    """Say where each mistake is: in which file or variable, and at which setting."""
    given, skipped = Environment(Settings)(), unknown()
    mistakes = []
    for item in error.errors():
        variable = origin(item["loc"], given)
        if variable in skipped:
            continue
        listed = variable and item["type"] in ("tuple_type", "dict_type", "model_type")
        hint = ', written as JSON: ["a", "b"] or {"name": "value"}' if listed else ""
        mistakes.append(f"{variable or source}: {place(item['loc'])}: {item['msg']}{hint}")
    return mistakes


def place(location: tuple[int | str, ...]) -> str:
    """Write a path into the file as its reader would: `password.rules.0.use`."""
    # Where several types fit, pydantic adds the one it tried: `function-after[...]`.
    return ".".join(str(part) for part in location if "[" not in str(part))


def unknown() -> list[str]:
    """Return the `IDP_…` variables that name no setting."""
    return [
        name
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name != "IDP_CONFIG" and not known(name)
    ]


def known(name: str) -> bool:
    """Tell whether an `IDP_…` variable names a setting; pydantic-settings lets others pass."""
    model: type[BaseModel] | None = Settings
    for part in name.removeprefix(PREFIX).lower().split("__"):
        if model is None or part not in model.model_fields:
            return False
        kind = model.model_fields[part].annotation
        model = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return True


def read(source: str, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Return the table of a file or shipped profile, over what it says it extends.

    A path after `extends` starts at the file that says it.
    """
    below = seen[-1].parent if seen else Path()
    path = PROFILES / f"{source}.toml" if source.isidentifier() else (below / source).resolve()
    if path in seen:
        raise Misconfigured([f"{source}: extends itself"])
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        shipped = ", ".join(sorted(file.stem for file in PROFILES.glob("*.toml")))
        raise Misconfigured([f"{source}: no such file; shipped profiles: {shipped}"]) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured([f"{source}: {error}"]) from error
    parent = table.pop("extends", None)
    return merged(read(str(parent), (*seen, path)), table) if parent else table


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with `above` over it, table by table."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = merged(old, value) if both and isinstance(old, dict) else value
    return result
