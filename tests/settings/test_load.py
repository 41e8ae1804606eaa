"""Reading the configuration: every mistake at once, with its place."""

from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from idp.errors import Misconfigured
from idp.settings import Settings, load
from idp.settings.load import PROFILES, known
from idp.settings.parts import duration


def written(folder: Path, text: str, name: str = "house.toml") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return str(path)


def mistakes(source: str) -> list[str]:
    with pytest.raises(Misconfigured) as told:
        load(source)
    return told.value.mistakes


# --- profiles and files


@pytest.mark.parametrize("profile", sorted(path.stem for path in PROFILES.glob("*.toml")))
def test_a_shipped_profile_loads(profile: str) -> None:
    assert load(profile).issuer.startswith("http")


def test_profile_b_is_the_default_and_says_what_the_design_says() -> None:
    settings = load()

    assert settings == load("b")
    assert settings.activation.link_ttl == timedelta(hours=24)
    assert settings.reset.link_ttl == timedelta(minutes=60)
    assert (settings.login.idle, settings.login.absolute) == (
        timedelta(minutes=30), timedelta(hours=12),
    )  # fmt: skip
    assert settings.password.preset == "kammer"
    assert settings.pin.request_without_login
    assert (settings.password.argon2_memory_kib, settings.password.argon2_time) == (19456, 2)


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_CONFIG", written(tmp_path, 'issuer = "https://konto.test"'))

    assert load().issuer == "https://konto.test"


def test_a_file_extends_a_profile_table_by_table(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        """
        extends = "b"
        [chamber]
        name = "Handwerkskammer Neustadt"
        """,
    )

    settings = load(source)

    assert settings.chamber.name == "Handwerkskammer Neustadt"
    assert settings.chamber.id == load("b").chamber.id
    assert settings.business.number_regex == "[0-9]{7}"


def test_a_file_extends_another_that_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, 'extends = "b"\n[chamber]\nname = "Unten"\nid = "unten"', "base.toml")
    source = written(tmp_path, 'extends = "../base.toml"\n[chamber]\nname = "Oben"', "a/b.toml")
    monkeypatch.chdir("/")

    chamber = load(source).chamber

    assert (chamber.name, chamber.id) == ("Oben", "unten")


@pytest.mark.parametrize("loop", ["one.toml", "./one.toml", "two.toml", "../x/one.toml"])
def test_files_that_extend_each_other_are_refused(tmp_path: Path, loop: str) -> None:
    folder = tmp_path / "x"
    written(folder, 'extends = "one.toml"', "two.toml")
    source = written(folder, f'extends = "{loop}"', "one.toml")

    (mistake,) = mistakes(source)

    assert mistake.endswith("extends itself")


def test_a_missing_file_tells_which_profiles_there_are() -> None:
    (mistake,) = mistakes("/gibts/nicht.toml")

    assert "/gibts/nicht.toml: no such file" in mistake
    assert "b" in mistake.split("profiles: ")[1]


@pytest.mark.parametrize("text", ["= kaputt", "[a", "a = 1\na = 2"])
def test_a_broken_file_says_where(tmp_path: Path, text: str) -> None:
    source = written(tmp_path, text)

    (mistake,) = mistakes(source)

    assert mistake.startswith(source)


def test_a_folder_and_bytes_that_are_no_text_are_no_file(tmp_path: Path) -> None:
    assert str(tmp_path) in mistakes(str(tmp_path))[0]
    (tmp_path / "latin.toml").write_bytes(b'issuer = "\xe4"')
    assert "latin.toml" in mistakes(str(tmp_path / "latin.toml"))[0]


# --- mistakes


def test_every_mistake_is_told_at_once_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_MALE__HOST", "x")
    monkeypatch.setenv("IDP_MAIL__PORT", "viele")
    source = written(
        tmp_path,
        """
        extends = "b"
        isuer = "https://konto.test"
        [login]
        idle = "half an hour"
        timeout = "1 hour"
        [password]
        argon2_time = 99
        [chamber]
        color = "blue"
        [limits]
        requests = "often"
        storage = "paper"
        proxies = ["everybody"]
        [database]
        url = "mysql://x"
        [business]
        number_regex = "["
        """,
    )

    told = mistakes(source)

    for place in ("isuer", "login.idle", "login.timeout", "password.argon2_time", "chamber.color",
                  "limits.requests", "limits.storage", "limits.proxies.0", "database.url",
                  "business.number_regex", "mail.port", "IDP_MALE__HOST"):  # fmt: skip
        assert any(place in mistake for mistake in told), place
    assert len([mistake for mistake in told if "limits.proxies" not in mistake]) == 11
    assert all(mistake.startswith((source, "IDP_")) for mistake in told)


@pytest.mark.parametrize(
    "name",
    ["IDP_ISUER", "IDP_MAIL__HOSST", "IDP_MAIL_HOST", "IDP_MAIL__HOST__X", "IDP_", "IDP_CONFIGG",
     "IDP_ISSUER__X", "IDP_PASSWORD__RULES__0__USE"],
)  # fmt: skip
def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")

    assert mistakes("b")[0] == f"{name}: no such setting"


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(tmp_path, '[mail]\nhost = "file.test"\nport = 25\nsender_name = "Datei"')
    monkeypatch.setenv("IDP_MAIL__HOST", "environment.test")
    monkeypatch.setenv("IDP_LOGIN__IDLE", "5 minutes")

    settings = load(source, {"mail": {"port": 26}})

    assert settings.mail.host == "environment.test"
    assert settings.mail.port == 26
    assert settings.mail.sender_name == "Datei"
    assert settings.login.idle == timedelta(minutes=5)


def test_a_list_in_the_environment_is_written_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_LIMITS__PROXIES", '["10.0.0.0/8"]')
    assert str(load("b").limits.proxies[0]) == "10.0.0.0/8"

    monkeypatch.setenv("IDP_PLUGINS", "acme")
    (mistake,) = mistakes("b")
    assert "plugins" in mistake


def test_every_setting_is_known_by_its_variable() -> None:
    for name, field in Settings.model_fields.items():
        assert known(f"IDP_{name.upper()}")
        for part in getattr(field.annotation, "model_fields", {}):
            assert known(f"IDP_{name.upper()}__{part.upper()}")


def test_every_setting_says_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        parts = getattr(field.annotation, "model_fields", None)
        described = [part.description for part in parts.values()] if parts else [field.description]
        assert all(described), name


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load("b")

    with pytest.raises(ValidationError, match="frozen"):
        settings.issuer = "https://evil.example"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.mail.host = "evil.example"  # type: ignore[misc]


def test_loading_twice_leaves_no_trace(tmp_path: Path) -> None:
    source = written(tmp_path, '[chamber]\nname = "Einmal"')

    load(source)

    assert load("b").chamber.name == "Handwerkskammer Musterstadt"


# --- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 second", 1), ("90 seconds", 90), ("15 minutes", 900), (" 24 hours ", 86400),
     ("30days", 2_592_000), ("1 day", 86400)],
)  # fmt: skip
def test_a_duration_is_written_as_people_say_it(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "15", "15 min", "0 minutes", "-1 hours", "1.5 hours", "1 hour 5 minutes", "one hour",
     "1 week", "99999999999 days", "٣ days", "00 days", "1\n2 days", 900, None, ["1 day"]],
)  # fmt: skip
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="write a duration"):
        duration(text)


def test_a_duration_that_is_one_already_stays() -> None:
    assert duration(timedelta(minutes=5)) == timedelta(minutes=5)


@pytest.mark.parametrize("url", ["", "kaputt", "mysql://x", "http://x"])
def test_only_databases_that_we_know_are_accepted(url: str) -> None:
    with pytest.raises(ValidationError, match=r"database\.url|url"):
        Settings(database={"url": url})  # type: ignore[arg-type]


@given(st.integers(1, 999_999), st.sampled_from(["second", "minute", "hour", "day"]))
def test_every_duration_that_can_be_written_can_be_read(count: int, unit: str) -> None:
    assert isinstance(duration(f"{count} {unit}s"), timedelta)


# --- the issuer


@pytest.mark.parametrize(
    "issuer",
    ["https://konto.hwk-muster.de", "https://konto.test:8443", "http://127.0.0.1:8000",
     "http://localhost:8000", "http://[::1]:8000", "https://xn--mller-kva.test"],
)  # fmt: skip
def test_these_issuers_are_accepted(issuer: str) -> None:
    settings = Settings(issuer=issuer)

    assert settings.host == issuer.split("//")[1]
    assert settings.https == issuer.startswith("https")


@pytest.mark.parametrize(
    "issuer",
    ["", "konto.test", "ftp://konto.test", "http://konto.test", "http://10.0.0.1", "https://",
     "https://konto.test/", "https://konto.test/idp", "https://konto.test?x", "https://konto.test?",
     "https://konto.test#", "https://konto.test#x", "https://user@konto.test", "https://@konto.test",
     "https://user:pw@konto.test", "https://Konto.test", "HTTPS://konto.test", "https://müller.test",
     "https://konto.test:443", "http://localhost:80", "https://konto.test:", "https://konto.test:x",
     "https://konto.test:99999", " https://konto.test", "https://konto.test ", "https://kon\nto.test",
     "https://konto.test\\", "http://127.0.0.1.evil.example", "http://localhost@evil.example",
     "https://[::1", "javascript:alert(1)", "https://konto.test:08443"],
)  # fmt: skip
def test_these_issuers_are_refused(issuer: str) -> None:
    with pytest.raises(ValidationError, match="issuer"):
        Settings(issuer=issuer)
