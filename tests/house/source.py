"""The project's own files, read as text and as syntax trees."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
IDP, CLIENTS, MIGRATIONS = ROOT / "idp", ROOT / "clients", ROOT / "migrations"
TEMPLATES = IDP / "templates"


def modules(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def strings(*folders: Path) -> Iterator[str]:
    """Yield every string constant of the code, docstrings too."""
    for file in modules(*folders):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def patterns(*folders: Path) -> Iterator[str]:
    """Yield every f-string of the code as a regular expression."""
    for file in modules(*folders):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.JoinedStr):
                yield "".join(
                    re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]+"
                    for part in node.values
                )


def templates() -> list[Path]:
    return sorted(file for file in TEMPLATES.rglob("*") if file.is_file())
