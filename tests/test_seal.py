"""Key files, sealing, fingerprints."""

import base64
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from idp import seal
from idp.clock import Chance
from idp.outbox import OutboxRow
from idp.seal import FILES, SealBroken, Vault, fingerprint
from tests import people


def made(folder: Path) -> Vault:
    seal.make_files(folder, Chance())
    return seal.load(folder)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return made(tmp_path_factory.mktemp("keys"))


@given(place=st.text(st.characters(exclude_categories=("Cs",)), max_size=60), value=st.binary())
def test_what_is_sealed_for_a_row_opens_for_it(vault: Vault, place: str, value: bytes) -> None:
    sealed = vault.seal(place, value)

    assert vault.open(place, sealed) == value


@given(one=st.text("ab:1", max_size=8), other=st.text("ab:1", max_size=8), value=st.binary())
def test_a_value_moved_to_another_row_is_refused(
    vault: Vault, one: str, other: str, value: bytes
) -> None:
    sealed = vault.seal(one, value)

    if one != other:
        with pytest.raises(SealBroken):
            vault.open(other, sealed)


def test_a_longer_or_shorter_name_is_another_row(vault: Vault) -> None:
    sealed = vault.seal("outbox:ab", b"cdef")

    for place in ("outbox:a", "outbox:abc", "outbox:abcdef", "", "outbox:ab\0"):
        with pytest.raises(SealBroken):
            vault.open(place, sealed)


def test_ciphertext_swapped_between_two_rows_of_the_outbox_is_refused(app: Flask) -> None:
    with app.app_context():
        core = people.core_of(app)
        with core.writing():
            ids = [core.post.mail(f"{name}@beispiel.test", "test", "de") for name in "ab"]
        one, other = (core.db.get_one(OutboxRow, row_id) for row_id in ids)
        one.payload, other.payload = other.payload, one.payload
        core.db.commit()

        with core.writing():
            leased = core.post.lease(2)
        for due in leased:
            with pytest.raises(SealBroken):
                _ = due.payload


@given(data=st.data())
def test_a_changed_byte_is_refused(vault: Vault, data: st.DataObject) -> None:
    sealed = vault.seal("row:1", b"geheim")
    at = data.draw(st.integers(0, len(sealed) - 3))
    sign = data.draw(st.sampled_from("ABCxyz019-_"))

    changed = sealed[:at] + sign + sealed[at + 1 :]

    # The last sign before the padding has bits that mean nothing.
    if base64.urlsafe_b64decode(changed) != base64.urlsafe_b64decode(sealed):
        with pytest.raises(SealBroken):
            vault.open("row:1", changed)


@pytest.mark.parametrize("sealed", ["", "x", "ü", "\0", "gAAAAA=="])
def test_nonsense_is_refused(vault: Vault, sealed: str) -> None:
    with pytest.raises(SealBroken):
        vault.open("row:1", sealed)


def test_one_value_is_sealed_differently_each_time(vault: Vault) -> None:
    sealed = vault.seal("row:1", b"geheim")

    assert vault.seal("row:1", b"geheim") != sealed
    assert "geheim" not in sealed


def test_after_a_new_key_old_values_open_and_new_ones_use_it(tmp_path: Path) -> None:
    old = made(tmp_path)
    sealed_before = old.seal("row:1", b"alt")
    file = tmp_path / "vault.key"
    first, second = file.read_text().strip(), Fernet.generate_key().decode()

    file.write_text(f"{second}\n{first}\n")
    both = seal.load(tmp_path)
    sealed_after = both.seal("row:2", b"neu")

    assert both.open("row:1", sealed_before) == b"alt"
    assert both.open("row:2", sealed_after) == b"neu"
    with pytest.raises(SealBroken):
        old.open("row:2", sealed_after)
    file.write_text(f"{second}\n")
    with pytest.raises(SealBroken):
        seal.load(tmp_path).open("row:1", sealed_before)


def test_key_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        made(tmp_path / "below" / "keys")
    finally:
        os.umask(mask)

    folder = tmp_path / "below" / "keys"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_existing_keys_are_never_touched(tmp_path: Path) -> None:
    made(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}

    made(tmp_path)

    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before
    assert len(set(before.values())) == 3


def test_a_missing_file_alone_is_made_anew(tmp_path: Path) -> None:
    made(tmp_path)
    pepper = (tmp_path / "pepper.key").read_bytes()
    (tmp_path / "cookie.key").unlink()

    made(tmp_path)

    assert (tmp_path / "pepper.key").read_bytes() == pepper
    assert (tmp_path / "cookie.key").exists()


def test_without_key_files_nothing_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        seal.load(tmp_path)


def test_many_threads_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: made(tmp_path), range(32)))

    assert len({vault.pepper for vault in vaults}) == 1
    sealed = vaults[0].seal("row:1", b"x")
    assert all(vault.open("row:1", sealed) == b"x" for vault in vaults)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_two_processes_starting_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from idp import seal; from idp.clock import Chance;"
        "folder = Path(sys.argv[1]); sys.stdin.readline(); seal.make_files(folder, Chance());"
        "print(seal.load(folder).peppered('x'), seal.load(folder).cookie_key)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "keys")]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in started]

    assert answers[0] == answers[1] != ""


def test_keys_never_show_in_a_log_or_traceback(vault: Vault) -> None:
    assert repr(vault) == "Vault()"


def test_the_pepper_matters(vault: Vault, tmp_path: Path) -> None:
    assert vault.peppered("K7MP3TXA") == vault.peppered("K7MP3TXA")
    assert vault.peppered("K7MP3TXA") != vault.peppered("K7MP3TXB")
    assert vault.peppered("K7MP3TXA") != made(tmp_path).peppered("K7MP3TXA")


@given(st.text())
def test_every_text_has_a_fingerprint(token: str) -> None:
    assert len(fingerprint(token)) == 64
    assert fingerprint(token) == fingerprint(token)


@pytest.mark.parametrize("token", ["\ud800", "\0", ""])
def test_nonsense_has_a_fingerprint_too(token: str) -> None:
    assert len(fingerprint(token)) == 64
