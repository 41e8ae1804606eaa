"""PBKDF2: the examples of RFC 6070 and RFC 7914, as Django and Keycloak write them."""

import base64
import json

import pytest

from idp.legacy.pbkdf2 import Pbkdf2
from idp.plugins import HashRefused

PBKDF2 = Pbkdf2()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# RFC 6070
SHA1 = bytes.fromhex("4b007901b765489abead49d926f721d065a429c1")
# RFC 7914 §11
SHA256 = bytes.fromhex(
    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
    "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
)
# Computed with OpenSSL: password, salt, 1000 iterations.
SHA512 = bytes.fromhex(
    "afe6c5530785b6cc6b1c6453384731bd5ee432ee549fd42fb6695779ad8a1c5b"
    "f59de69c48f774efc4007d5298f9033c0241d5ab69305e7b64eceeb8d834cfec"
)


def keycloak(algorithm: str, key: bytes, salt: bytes, iterations: int) -> str:
    return json.dumps({
        "type": "hashed", "hashIterations": iterations, "algorithm": algorithm,
        "salt": b64(salt), "value": b64(key),
    })  # fmt: skip


def newer(algorithm: str, key: bytes, salt: bytes, iterations: int) -> str:
    data = {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": {}}
    secret = {"value": b64(key), "salt": b64(salt), "additionalParameters": {}}
    return json.dumps({
        "type": "password", "credentialData": json.dumps(data), "secretData": json.dumps(secret),
    })  # fmt: skip


WRITTEN = {
    "django sha1": (f"pbkdf2_sha1$4096$salt${b64(SHA1)}", "password"),
    "django sha256": (f"pbkdf2_sha256$80000$NaCl${b64(SHA256[:32])}", "Password"),
    "keycloak sha1": (keycloak("pbkdf2", SHA1, b"salt", 4096), "password"),
    "keycloak sha256": (keycloak("pbkdf2-sha256", SHA256, b"NaCl", 80000), "Password"),
    "keycloak sha512": (keycloak("pbkdf2-sha512", SHA512, b"salt", 1000), "password"),
    "newer sha256": (newer("pbkdf2-sha256", SHA256, b"NaCl", 80000), "Password"),
    "newer in a list": (
        f'[{{"type": "otp"}}, {newer("pbkdf2-sha512", SHA512, b"salt", 1000)}]', "password",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("value", "password"), WRITTEN.values(), ids=WRITTEN)
def test_every_way_of_writing_it_is_read(value: str, password: str) -> None:
    stored = PBKDF2.read(value)

    assert stored
    assert PBKDF2.read(stored) == stored
    assert PBKDF2.verify(stored, password)
    assert not PBKDF2.verify(stored, password.upper())


def test_what_stands_stored_names_digest_and_iterations() -> None:
    stored = PBKDF2.read(WRITTEN["django sha1"][0])

    assert stored == f"sha1$4096${b64(b'salt')}${b64(SHA1)}"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("pbkdf2_sha256$600000$salt", "hash_invalid"),
        ("pbkdf2_sha256$x$salt$QUJD", "hash_invalid"),
        ("pbkdf2_sha512$1$salt$QUJD", "hash_invalid"),
        ("pbkdf2_sha256$0$salt$QUJD", "hash_invalid"),
        ("pbkdf2_sha256$1$salt$QQ=QQ", "hash_invalid"),
        (f"pbkdf2_sha256$2000001$salt${b64(SHA256[:32])}", "hash_costly"),
        (keycloak("pbkdf2-sha512", b"x" * 512, b"salt", 300_000), "hash_costly"),
        (keycloak("pbkdf2", b"x" * 513, b"salt", 1), "hash_invalid"),
        (keycloak("pbkdf2", b"", b"salt", 1), "hash_invalid"),
        (keycloak("pbkdf2", b"x", b"salt", -1), "hash_invalid"),
        ('{"algorithm": "pbkdf2", "hashIterations": "many"}', "hash_invalid"),
        ('{"algorithm": "pbkdf2", "hashIterations": true}', "hash_invalid"),
        ('{"algorithm": "pbkdf2", "hashIterations": 5, "salt": "!", "value": "x"}', "hash_invalid"),
        ("{", "hash_invalid"),
        ("[]", "hash_invalid"),
        ("[7]", "hash_invalid"),
        ("[" * 9000, "hash_invalid"),
        ("{" + " " * 10_000 + "}", "hash_invalid"),
    ],
)
def test_broken_and_costly_ones_are_refused(value: str, code: str) -> None:
    with pytest.raises(HashRefused) as refused:
        PBKDF2.read(value)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "value", ["", "$2b$10$x", '{"algorithm": "argon2"}', '{"credentialData": 7}', "sha1$x"]
)
def test_other_kinds_are_left_to_others(value: str) -> None:
    assert PBKDF2.read(value) is None
    assert not PBKDF2.verify("", "password")


@pytest.mark.parametrize(
    ("size", "iterations", "code"),
    [(19, 1000, "hash_invalid"), (20, 2_000_001, "hash_costly"), (20, 999_999_999, "hash_costly"),
     (33, 1_000_001, "hash_costly")],
)  # fmt: skip
def test_a_key_of_another_length_than_its_digest_has_bounds_too(
    size: int, iterations: int, code: str
) -> None:
    key = base64.b64encode(b"x" * size).decode()

    with pytest.raises(HashRefused) as refused:
        Pbkdf2().read(f"pbkdf2_sha256${iterations}$salz${key}")

    assert refused.value.code == code


@pytest.mark.parametrize(
    "value",
    [
        keycloak("pbkdf2", SHA1, b"salt", True),
        keycloak("pbkdf2", SHA1, b"", 4096),
        keycloak("pbkdf2", SHA1, b"salt", 4096).replace("c2FsdA==", "c2Fs!!!!dA=="),
    ],
)
def test_odd_credentials_are_refused(value: str) -> None:
    with pytest.raises(HashRefused) as refused:
        Pbkdf2().read(value)

    assert refused.value.code == "hash_invalid"
