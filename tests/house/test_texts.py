"""Texts and templates: nothing missing, nothing left over, the same in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import Flask

from idp.errors import Refused
from idp.plugins import Subject
from tests import people
from tests.house.source import IDP, TEMPLATES, modules, patterns, strings, templates, tree


def catalogue(language: str) -> Catalog:
    file = IDP / "translations" / language / "LC_MESSAGES" / "messages.po"
    with file.open("rb") as opened:
        return read_po(opened, abort_invalid=True)


GERMAN, ENGLISH = catalogue("de"), catalogue("en")
KEYS = {str(message.id) for message in GERMAN if message.id}
QUOTED = re.compile(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']""")
CALLED = re.compile(r"""\b_\(\s*["']([^"']+)["']\s*[,)]""")
JOINED = re.compile(r'"([a-z_]+\.)" ~ [\w.]+(?: ~ "(\w+)")?')
ASKING = ("text", "gettext", "Text", "Email", "Password", "Accept", "Optional", "StringField",
          "password_form")  # fmt: skip
WORDS = set(strings(IDP))
FAMILIES = ("error", "problem", "rule")


def source(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_both_languages_have_the_same_keys() -> None:
    assert {str(message.id) for message in ENGLISH if message.id} == KEYS


@pytest.mark.parametrize("file", sorted((IDP / "translations").rglob("*.po")), ids=str)
def test_no_key_stands_twice(file: Path) -> None:
    keys = re.findall(r'^msgid "(.+)"$', source(file), re.M)

    assert sorted(keys) == sorted(set(keys))


def placeholders(text: object) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", str(text)))


def wrong(key: str) -> bool:
    texts = [GERMAN[key].string, ENGLISH[key].string]
    return (
        not all(str(text).strip() for text in texts)
        or placeholders(texts[0]) != placeholders(texts[1])
        or any(re.search(r"%(?!\(\w+\)[sd]|%)", str(text)) for text in texts)
        or bool(GERMAN[key].fuzzy or ENGLISH[key].fuzzy)
    )


def test_every_text_says_something_and_the_same_facts_in_both_languages() -> None:
    assert [key for key in sorted(KEYS) if wrong(key)] == []


def asked() -> Iterator[tuple[str, str]]:
    """Yield every key that a template or a call of `text` names in full, and where."""
    for file in templates():
        for key in CALLED.findall(source(file)):
            yield str(file.relative_to(IDP)), key
    for file in modules(IDP):
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            first = node.args[0]
            if name in ASKING and isinstance(first, ast.Constant):
                yield str(file.relative_to(IDP)), str(first.value)


def test_every_text_that_is_asked_for_exists() -> None:
    missing = {
        (where, key)
        for where, key in asked()
        if re.fullmatch(r"[a-z_0-9]+\.[a-z_0-9.]+", key) and key not in KEYS
    }

    assert missing == set()


def used(key: str) -> bool:
    family, _, code = key.partition(".")
    if family in FAMILIES and not code.startswith("title"):
        return code in WORDS or any(re.fullmatch(p, code) for p in CODES)
    return key in QUOTES or any(re.fullmatch(pattern, key) for pattern in PATTERNS)


CODES = [pattern for pattern in patterns(IDP) if re.match(r"[a-z]+_\[", pattern)]
QUOTES = WORDS | {key for file in templates() for key in QUOTED.findall(source(file))}
PATTERNS = [
    *[pattern for pattern in patterns(IDP) if re.match(r"[a-z_]+\\\.", pattern)],
    *[rf"{re.escape(head)}[\w.]+{tail}"
      for file in templates() for head, tail in JOINED.findall(source(file))],
]  # fmt: skip


def test_every_text_is_used() -> None:
    assert [key for key in sorted(KEYS) if not used(key)] == []


def kinds(parent: type[Refused] = Refused) -> Iterator[str]:
    yield parent.__name__
    for child in parent.__subclasses__():
        yield from kinds(child)


def refusals() -> Iterator[tuple[str, str]]:
    """Yield every code that is refused with anywhere, and where."""
    names = set(kinds())
    for file in modules(IDP):
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in names or name == "_stop":
                values = [*node.args, *[word.value for word in node.keywords if word.arg == "code"]]
                for value in values:
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield str(file.relative_to(IDP)), value.value


def test_every_refusal_has_its_words() -> None:
    found = list(refusals())
    missing = {(where, code) for where, code in found if f"error.{code}" not in KEYS}

    assert len(found) > 30
    assert missing == set()
    for code in ("wrong_credentials", "weak_password", "throttled", "busy"):
        assert f"error.{code}" in KEYS


def test_every_state_of_a_pin_has_its_words() -> None:
    states = ("used", "expired", "replaced", "locked", "cancelled")

    assert {f"error.pin_{state}" for state in states} <= KEYS


def test_the_rules_of_this_installation_have_their_words(app: Flask) -> None:
    policy = people.core_of(app).policy
    hopeless = ("", " a ", "abcd", "aaaa", "x" * 300, "erika")

    sentences = {f"rule.{rule.code}" for rule in policy.advice()}
    problems = {
        f"problem.{problem.code}"
        for password in hopeless
        for problem in policy.problems(password, Subject(("erika",)))
    }

    assert sentences | problems <= KEYS
    assert len(problems) == 11


def mentioned(file: Path) -> bool:
    name = str(file.relative_to(TEMPLATES))
    if name.startswith("mail/"):
        stem = file.stem
        return stem in WORDS or any(
            file.name in source(other) for other in templates() if other != file
        )
    return name in WORDS or any(f'"{name}"' in source(other) for other in templates())


@pytest.mark.parametrize("file", templates(), ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_every_template_is_used(file: Path) -> None:
    assert mentioned(file)


def test_every_template_that_is_named_exists() -> None:
    wanted = {word for word in WORDS if re.fullmatch(r"(pages|oauth|demo)/\w+\.html", word)}

    assert {name for name in wanted if not (TEMPLATES / name).is_file()} == set()


def test_every_mail_has_its_three_parts() -> None:
    mails = {file.stem for file in (TEMPLATES / "mail").iterdir()} - {"layout", "parts"}

    for name in mails:
        for ending in ("subject", "txt", "html"):
            assert (TEMPLATES / "mail" / f"{name}.{ending}").is_file(), name


@pytest.mark.parametrize(
    "file", [f for f in templates() if f.suffix == ".html" and f.parent.name != "mail"],
    ids=lambda file: str(file.relative_to(TEMPLATES)),
)  # fmt: skip
def test_no_word_on_a_page_stands_outside_the_catalogues(file: Path) -> None:
    text = re.sub(r"\{% block width %\}\w+\{% endblock %\}", "", source(file))
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.S)
    text = re.sub(r'<[^>]*>|[a-z-]+="[^"]*"', " ", text, flags=re.S)

    left = [
        word for word in re.findall(r"\b[^\W\d_]{3,}\b", text) if word not in ("Deutsch", "English")
    ]

    assert left == []


@pytest.mark.parametrize(
    "file", [f for f in templates() if f.suffix == ".html" and f.parent.name != "mail"],
    ids=lambda file: str(file.relative_to(TEMPLATES)),
)  # fmt: skip
def test_every_form_that_posts_carries_its_token(file: Path) -> None:
    # One form leads to applications: they must not have our token.
    ours = file.name != "form_post.html"
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", source(file), re.S):
        assert ("csrf()" in form or "csrf_field()" in form) == ours
