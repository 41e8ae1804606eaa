"""argon2 of other parameters and types: the examples of the reference implementation."""

import base64
import json

import pytest

from idp.legacy.argon2_hash import Argon2
from idp.plugins import HashRefused

ARGON2 = Argon2()
PUBLISHED = [
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
    "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
]
SALT, DIGEST = "c29tZXNhbHQ", PUBLISHED[0].rpartition("$")[2]


def keycloak(**more: object) -> str:
    data = {
        "algorithm": "argon2", "hashIterations": 2,
        "additionalParameters": {"hashLength": ["32"], "memory": ["256"], "type": ["id"],
                                 "version": ["1.3"], "parallelism": ["1"], **more},
    }  # fmt: skip
    digest = base64.b64encode(base64.b64decode(DIGEST + "=")).decode()
    secret = {"value": digest, "salt": base64.b64encode(b"somesalt").decode()}
    return json.dumps({"credentialData": json.dumps(data), "secretData": json.dumps(secret)})


@pytest.mark.parametrize("value", PUBLISHED)
def test_the_published_examples_fit(value: str) -> None:
    assert ARGON2.read(value) == value
    assert ARGON2.verify(value, "password")
    assert not ARGON2.verify(value, "Password")


def test_django_and_keycloak_write_the_same_otherwise() -> None:
    assert ARGON2.read(f"argon2{PUBLISHED[0]}") == PUBLISHED[0]
    assert ARGON2.read(keycloak()) == PUBLISHED[0]


def cost(memory: int, passes: int, lanes: int) -> str:
    return f"$argon2id$v=19$m={memory},t={passes},p={lanes}${SALT}${DIGEST}"


@pytest.mark.parametrize(
    "value", [cost(1_048_576, 1, 16), cost(104_857, 10, 8), cost(8, 1, 1), cost(128, 1, 16)]
)
def test_costs_up_to_the_bounds_are_taken_in(value: str) -> None:
    assert ARGON2.read(value) == value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (cost(1_048_577, 1, 1), "hash_costly"),
        (cost(9_999_999_999, 1, 1), "hash_costly"),
        (cost(65536, 11, 1), "hash_costly"),
        (cost(524_289, 2, 1), "hash_costly"),
        (cost(65536, 1, 17), "hash_costly"),
        (cost(7, 1, 1), "hash_invalid"),
        (cost(8, 0, 1), "hash_invalid"),
        (cost(8, 1, 0), "hash_invalid"),
        (cost(99_999_999_999, 1, 1), "hash_invalid"),
        (f"$argon2id$v=20$m=8,t=1,p=1${SALT}${DIGEST}", "hash_invalid"),
        (f"$argon2id$v=19$m=8,t=1,p=1${SALT}$", "hash_invalid"),
        (keycloak(version=["2.0"]), "hash_invalid"),
        (keycloak(memory=[]), "hash_invalid"),
        (keycloak(memory=["2000000"]), "hash_costly"),
    ],
)
def test_broken_and_costly_ones_are_refused(value: str, code: str) -> None:
    with pytest.raises(HashRefused) as refused:
        ARGON2.read(value)

    assert refused.value.code == code


@pytest.mark.parametrize("value", ["", "argon2", "$argon2x$v=19$", '{"algorithm": "pbkdf2"}'])
def test_other_kinds_are_left_to_others(value: str) -> None:
    assert ARGON2.read(value) is None


def test_keycloak_names_the_version_otherwise() -> None:
    assert ARGON2.read(keycloak(version=["1.0"])) == PUBLISHED[0].replace("v=19", "v=16")
