"""The house's own rules about its code."""

import ast
import configparser
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source import CLIENTS, IDP, MIGRATIONS, ROOT, modules, tree

CODE = modules(IDP, CLIENTS, MIGRATIONS)


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", CODE, ids=named)
def test_no_module_is_longer_than_250_lines(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("file", [file for file in CODE if file.stat().st_size], ids=named)
def test_every_module_says_what_it_is_for(file: Path) -> None:
    says = ast.get_docstring(tree(file))

    assert says
    assert says.rstrip().endswith((".", "!", "?", "`", ":", ")")) or "\n" in says


def test_every_folder_says_what_lives_there() -> None:
    silent = [
        named(folder / "__init__.py")
        for folder in {file.parent for file in CODE}
        if (folder / "__init__.py").exists()
        and folder != MIGRATIONS / "versions"
        and not ast.get_docstring(tree(folder / "__init__.py"))
    ]

    assert silent == []


@pytest.mark.parametrize("file", modules(IDP, CLIENTS), ids=named)
def test_every_public_function_and_class_says_what_it_does(file: Path) -> None:
    silent = [
        node.name
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


@pytest.mark.parametrize("file", modules(IDP, CLIENTS), ids=named)
def test_no_function_is_longer_than_30_lines_beside_its_docstring(file: Path) -> None:
    long = {}
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            begins = node.body[1].lineno if ast.get_docstring(node) and node.body[1:] else (
                first.lineno)  # fmt: skip
            lines = (node.end_lineno or 0) - begins + 1
            if lines > 30:
                long[node.name] = lines

    assert long == {}


@pytest.mark.parametrize("file", modules(IDP, CLIENTS), ids=named)
def test_nobody_catches_everything(file: Path) -> None:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            broad = caught in ("", "Exception", "BaseException")
            again = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            assert not broad or again, f"{named(file)}:{node.lineno}"


def tracked() -> list[Path]:
    """Return the project's files as git lists them; nothing that was built or installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def readable(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


ELSEWHERE = re.compile(
    r"(?<!docs/)(?<!\()\b(design|domain|stack|threats|style|conformance|benchmarks)\." + "md"
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def test_the_project_explains_itself_without_papers_that_are_not_in_it() -> None:
    found = [named(file) for file in tracked() if ELSEWHERE.search(readable(file))]

    assert found == []


def test_nothing_is_left_to_do() -> None:
    code = [file for file in tracked() if file.suffix in (".py", ".html", ".css", ".js", ".toml")]
    found = [named(file) for file in code
             if UNFINISHED.search(readable(file)) and file != Path(__file__)]  # fmt: skip

    assert found == []


def test_no_test_hides_behind_a_name_that_says_nothing() -> None:
    short = [
        f"{named(file)}: {node.name}"
        for file in modules(ROOT / "tests")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and node.name.count("_") < 3
    ]

    assert short == []


@dataclass(frozen=True)
class Written:
    """A function of the tests, what it calls by name, and whether it claims something itself."""

    place: tuple[str, str]
    calls: frozenset[str]
    claims: bool


def written(file: Path, node: ast.FunctionDef) -> Written:
    calls: set[str] = set()
    claims = False
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            name = inner.func.attr if isinstance(inner.func, ast.Attribute) else (
                getattr(inner.func, "id", ""))  # fmt: skip
            calls.add(name)
            claims |= name in ("raises", "AssertionError")
        claims |= isinstance(inner, ast.Assert)
    return Written((named(file), node.name), frozenset(calls), claims)


def origins(file: Path) -> dict[str, str]:
    """Return for each name that a file imports from the tests the file where it is written."""
    return {
        alias.asname or alias.name: f"{node.module.replace('.', '/')}.py"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests")
        for alias in node.names
        if node.module
    }


def test_every_test_claims_something() -> None:
    """Itself, or through a helper that does: one of its file, one it imports, or else a method."""
    files = list(modules(ROOT / "tests"))
    every = [
        written(file, node)
        for file in files
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef)
    ]
    imports = {named(file): origins(file) for file in files}
    places = {one.place for one in every}
    claiming = {one.place for one in every if one.claims}

    def claims(file: str, name: str) -> bool:
        own = (file, name)
        if own in places:
            return own in claiming
        if name in imports[file]:
            return (imports[file][name], name) in claiming
        return any(place in claiming for place in places if place[1] == name)

    while more := {
        one.place
        for one in every
        if one.place not in claiming and any(claims(one.place[0], name) for name in one.calls)
    }:
        claiming |= more

    assert [place for place in places - claiming if place[1].startswith("test_")] == []


def test_the_wheel_has_every_folder_with_code() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    packages = set(setup["options"]["packages"].split())

    folders = {
        ".".join(("idp" if top != IDP else "", *file.parent.relative_to(ROOT).parts)).strip(".")
        for top in (IDP, CLIENTS, MIGRATIONS)
        for file in modules(top)
    }

    assert packages == folders
