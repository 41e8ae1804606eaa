"""Reading the configuration: profile, file, environment; every mistake is told at once."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from idp.errors import Misconfigured
from idp.settings.models import Settings

PROFILES = Path(__file__).parent.parent / "profiles"


def load(config: str | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of `config` (default: `IDP_CONFIG`, else profile `b`).

    `overrides` go over the file, below the environment. Raises Misconfigured with every mistake.
    """
    source = config or os.environ.get("IDP_CONFIG") or "b"
    mistakes = [
        f"{name}: no such setting"
        for name in sorted(os.environ)
        if name.startswith("IDP_") and name != "IDP_CONFIG" and not known(name)
    ]
    try:
        values = merged(read(source), dict(overrides or {}))
        settings = Settings(**values)
    except Misconfigured as error:
        raise Misconfigured(mistakes + error.mistakes) from error
    except SettingsError as error:
        raise Misconfigured([*mistakes, f"environment: {error}"]) from error
    except ValidationError as error:
        told = [f"{source}: {place(item['loc'])}: {item['msg']}" for item in error.errors()]
        raise Misconfigured(mistakes + told) from error
    if mistakes:
        raise Misconfigured(mistakes)
    return settings


def place(location: tuple[int | str, ...]) -> str:
    """Write a path into the file as its reader would: `password.rules.0.use`."""
    return ".".join(str(part) for part in location)


def known(name: str) -> bool:
    """Tell whether an `IDP_…` variable names a setting; pydantic-settings lets others pass."""
    model: type[BaseModel] | None = Settings
    for part in name.removeprefix("IDP_").lower().split("__"):
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
