"""What every thing in a slot must do, run over everything that is registered."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from idp import builtin
from idp.accounts.models import Account
from idp.core import Core
from idp.errors import Misconfigured
from idp.oauth.registry import SCOPES
from idp.plugins import (
    BusinessFacts,
    ClaimFacts,
    HashRefused,
    Mail,
    Plugins,
    PrintedLetter,
    Problem,
    ProfileField,
    Slot,
    Subject,
)
from tests.house.test_texts import KEYS
from tests.postgresql import free_port

PLUGINS = Plugins()
builtin.plug(PLUGINS)
SLOTS = list(vars(PLUGINS).values())


def things(slot: Slot[Any]) -> list[Any]:
    return [pytest.param(thing, id=name) for name, thing in slot.items()]


# --- slots


@pytest.mark.parametrize("slot", SLOTS, ids=lambda slot: slot.kind)
def test_every_slot_has_something_of_ours(slot: Slot[Any]) -> None:
    assert slot.items()
    for name, thing in slot.items():
        assert slot.get(name) is thing


@pytest.mark.parametrize("slot", SLOTS, ids=lambda slot: slot.kind)
def test_a_name_taken_twice_is_a_mistake(slot: Slot[Any]) -> None:
    name, thing = slot.items()[0]

    with pytest.raises(Misconfigured, match=f"{slot.kind} '{name}' is registered twice"):
        slot.add(name, thing)


@pytest.mark.parametrize("slot", SLOTS, ids=lambda slot: slot.kind)
def test_an_unknown_name_tells_which_there_are(slot: Slot[Any]) -> None:
    with pytest.raises(Misconfigured) as told:
        slot.get("gibtsnicht")

    assert all(name in str(told.value) for name, _ in slot.items())


def test_an_empty_slot_says_so() -> None:
    with pytest.raises(Misconfigured, match="there are: none"):
        Slot[object]("thing").get("x")


def test_without_plugins_nothing_installed_is_even_looked_at() -> None:
    loaded, mistakes = builtin.load(())

    assert mistakes == []
    assert [name for name, _ in loaded.password_rules.items()] == [
        name for name, _ in PLUGINS.password_rules.items()
    ]


# --- password rules

PASSWORDS = ("", "a", " a ", "abcd1234", "aaaa", "Erika-38-Ofen", "ü" * 256, "x" * 300, "\0",
             "\U0001f994" * 256, "İ" * 300, "Kachelofen-38-Nord", "K7MP-3TXA-9R4K")  # fmt: skip


@pytest.mark.parametrize("factory", things(PLUGINS.password_rules))
def test_a_password_rule_names_problems_that_have_words(factory: Any) -> None:
    rule = factory()

    found = [problem for text in PASSWORDS for problem in rule(text, Subject(("Erika",)))]

    assert found
    for problem in found:
        assert isinstance(problem, Problem)
        assert f"problem.{problem.code}" in KEYS


@pytest.mark.parametrize("factory", things(PLUGINS.password_rules))
def test_a_password_rule_is_pure(factory: Any) -> None:
    rule, subject = factory(), Subject(("Erika",))

    first = [list(rule(text, subject)) for text in PASSWORDS]

    assert [list(rule(text, subject)) for text in PASSWORDS] == first
    assert [list(factory()(text, subject)) for text in PASSWORDS] == first
    assert subject == Subject(("Erika",))


@pytest.mark.parametrize("factory", things(PLUGINS.password_rules))
def test_a_password_rule_gives_advice_that_has_words_or_none(factory: Any) -> None:
    advice = factory().advice()

    assert advice is None or f"rule.{advice.code}" in KEYS


@pytest.mark.parametrize("factory", things(PLUGINS.password_rules))
def test_a_password_rule_refuses_options_it_does_not_know(factory: Any) -> None:
    with pytest.raises(TypeError, match="gibtsnicht"):
        factory(gibtsnicht=1)


@pytest.mark.parametrize("source", things(PLUGINS.personal_words))
def test_a_source_of_personal_words_says_nothing_of_nobody(source: Any, core: Core) -> None:
    assert list(source(core.db(), "nobody")) == []


# --- business registries

SAWMILL = BusinessFacts("b_1", "1234567", "001", "Sägewerk", ("Weg 1",), "12345", active=True)


class Shelf:
    """The imported table of a test: one business."""

    def business(self, number: str, branch: str | None) -> BusinessFacts | None:
        return SAWMILL if (number, branch) == ("1234567", "001") else None


@pytest.mark.parametrize("factory", things(PLUGINS.business_registries))
def test_a_registry_finds_by_the_whole_key(factory: Any) -> None:
    registry = factory(Shelf())

    assert registry.find("1234567", "001") == SAWMILL
    for number, branch in (("1234567", None), ("1234567", ""), ("1234567", "1"), ("", None)):
        assert registry.find(number, branch) is None


# --- carriers

LETTER = PrintedLetter("l_1", "1234567", None, ("Sägewerk", "Weg 1"), b"%PDF-1.7 one")


@pytest.mark.parametrize("factory", things(PLUGINS.letter_carriers))
def test_a_letter_carrier_takes_the_same_letter_again(factory: Any, tmp_path: Path) -> None:
    carrier = factory({"folder": str(tmp_path / "letters")})

    carrier.send(LETTER)
    carrier.send(LETTER)

    (file,) = (tmp_path / "letters").iterdir()
    assert file.read_bytes() == LETTER.pdf


@pytest.mark.parametrize("factory", things(PLUGINS.letter_carriers))
def test_a_letter_carrier_that_cannot_deliver_raises_oserror(factory: Any, tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file stands in the way")

    with pytest.raises(OSError, match="letters"):
        factory({"folder": str(tmp_path / "letters")}).send(LETTER)


MAIL = Mail("m_1@beispiel.test", "erika@beispiel.test", "konto@beispiel.test", "Kammer", "Betreff",
            "Text\n", "<p>Text</p>", "de")  # fmt: skip


def options() -> dict[str, object]:
    return {"host": "127.0.0.1", "port": free_port(), "tls": "off", "username": "",
            "password_file": None}  # fmt: skip


@pytest.mark.parametrize("factory", things(PLUGINS.mail_carriers))
def test_a_mail_carrier_delivers_or_raises_oserror(
    factory: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        factory(options()).send(MAIL)
    except OSError as error:
        told = str(error)
    else:
        told = capsys.readouterr().out

    assert told


# --- claim sources

FACTS = ClaimFacts(
    sub="s_1",
    client_id="c_1",
    scopes=frozenset(SCOPES),
    account=MappingProxyType({
        "given_name": "Erika", "family_name": "Muster", "locale": "de", "updated_at": 1790000000,
        "email": "erika@beispiel.test", "email_verified": True, "nickname": "Eri",
        "phone_number": "+4930123456", "phone_number_verified": True,
        "address": {"country": "DE"},
    }),
    business=MappingProxyType({"id": "b_1", "number": "1234567"}),
    businesses=(MappingProxyType({"id": "b_1"}), MappingProxyType({"id": "b_2"})),
)  # fmt: skip
PROTOCOL = {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "acr", "amr", "auth_time",
            "azp", "sid", "client_id", "scope", "cnf", "at_hash", "c_hash", "s_hash"}  # fmt: skip


@pytest.mark.parametrize("source", things(PLUGINS.claim_sources))
def test_a_claim_source_says_what_can_be_written_as_json(source: Any) -> None:
    said = source(FACTS)

    assert said
    assert json.loads(json.dumps(dict(said))) == dict(said)
    assert source(FACTS) == said


@pytest.mark.parametrize("source", things(PLUGINS.claim_sources))
def test_a_claim_source_says_nothing_without_a_scope(source: Any) -> None:
    for scopes in (frozenset[str](), frozenset({"openid", "offline_access"})):
        silent = ClaimFacts("s_1", "c_1", scopes, FACTS.account, FACTS.business, FACTS.businesses)
        assert dict(source(silent)) == {}


@pytest.mark.parametrize("source", things(PLUGINS.claim_sources))
def test_a_claim_source_says_nothing_that_the_protocol_says(source: Any) -> None:
    assert not PROTOCOL & set(source(FACTS))


@pytest.mark.parametrize("source", things(PLUGINS.claim_sources))
def test_a_claim_source_leaves_out_what_is_not_known(source: Any) -> None:
    empty = ClaimFacts("s_1", "c_1", FACTS.scopes, {}, None, ())

    assert not [name for name, value in source(empty).items() if value in (None, "", [], {})]


# --- profile fields


@pytest.mark.parametrize("field", things(PLUGINS.profile_fields))
def test_a_profile_field_is_a_column_with_a_label(field: ProfileField) -> None:
    assert field.name in Account.__table__.columns
    assert field.label in KEYS
    assert field.autocomplete
    assert field.autocomplete != "off"


@pytest.mark.parametrize("field", things(PLUGINS.profile_fields))
def test_a_profile_field_answers_no_problem_or_one_with_words(field: ProfileField) -> None:
    for value in ("Erika", "李", "x" * 100, ""):
        code = field.check(value)
        assert code is None or f"error.{code}" in KEYS


# --- account importers

# A hash of each kind, and the password that fits.
HASHES = {
    "argon2": ("$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
               "password"),
    "bcrypt": ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
    "pbkdf2": ("pbkdf2_sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=", "password"),
    "sha512-crypt": ("$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGs"
                     "USklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.",
                     "the minimum number is still observed"),
}  # fmt: skip
NO_HASHES = ("", "kein Hash", "\0", "$", "$$", "{}", "[]", "x" * 10_000, "$argon2id$", "{" * 5000)


@pytest.mark.parametrize("name", [name for name, _ in PLUGINS.account_importers.items()])
def test_an_account_importer_verifies_what_it_reads(name: str) -> None:
    importer = PLUGINS.account_importers.get(name)
    value, password = HASHES[name]

    stored = importer.read(value)

    assert stored is not None
    assert stored.isprintable()
    assert importer.read(stored) == stored
    assert importer.verify(stored, password)
    for wrong in ("", f"{password} ", password.swapcase(), "\0", "\U0001f994" * 256):
        assert not importer.verify(stored, wrong)


@pytest.mark.parametrize("importer", things(PLUGINS.account_importers))
def test_an_account_importer_reads_one_kind_alone(importer: Any) -> None:
    read = [importer.read(value) is not None for value, _ in HASHES.values()]

    assert sum(read) == 1


@pytest.mark.parametrize("importer", things(PLUGINS.account_importers))
def test_an_account_importer_reads_or_refuses_whatever_stands_in_a_file(importer: Any) -> None:
    found = {reading(importer, value) for value in NO_HASHES}

    assert found <= {None, "hash_invalid", "hash_costly"}


def reading(importer: Any, value: str) -> str | None:
    """Return what is read, or the code of the refusal."""
    try:
        return importer.read(value)
    except HashRefused as refused:
        return refused.code
