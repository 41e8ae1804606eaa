"""bcrypt: published examples, its three names, its 72 bytes."""

import bcrypt
import pytest

from idp.legacy.bcrypt_hash import Bcrypt
from idp.plugins import HashRefused

BCRYPT = Bcrypt()
LONG = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# From the tests of crypt_blowfish.
PUBLISHED = [
    ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
    ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
    ("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"),
    ("$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", LONG),
]
TAIL = PUBLISHED[0][0][3:]


@pytest.mark.parametrize(("value", "password"), PUBLISHED, ids=lambda value: str(value)[:20])
def test_the_published_examples_fit(value: str, password: str) -> None:
    assert BCRYPT.read(value) == value
    assert BCRYPT.verify(value, password)
    assert not BCRYPT.verify(value, f"x{password}")


@pytest.mark.parametrize("name", ["2a", "2b", "2y"])
def test_its_names_mean_the_same(name: str) -> None:
    assert BCRYPT.read(f"${name}{TAIL}") == f"${name}{TAIL}"
    assert BCRYPT.verify(f"${name}{TAIL}", "U*U")


def test_the_method_in_front_is_cut_off() -> None:
    assert BCRYPT.read(f"bcrypt$$2b{TAIL}") == f"$2b{TAIL}"


def test_signs_after_the_72nd_byte_do_not_count() -> None:
    value, password = PUBLISHED[3]

    assert BCRYPT.verify(value, password + "chars after 72 are ignored")
    assert not BCRYPT.verify(value, password[:-1])
    umlauts = bcrypt.hashpw(("ü" * 36).encode(), bcrypt.gensalt(4)).decode()
    assert BCRYPT.verify(umlauts, "ü" * 40)


def test_a_password_with_a_null_byte_does_not_end_there() -> None:
    value = bcrypt.hashpw(b"abc", bcrypt.gensalt(4)).decode()

    assert not BCRYPT.verify(value, "abc\0def")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("$2b$05$short", "hash_invalid"),
        (f"$2x{TAIL}", "hash_invalid"),
        (f"$2{TAIL}", "hash_invalid"),
        (f"$2b{TAIL}x", "hash_invalid"),
        ("$2b$03$" + "a" * 53, "hash_invalid"),
        ("$2b$15$" + "a" * 53, "hash_costly"),
        ("$2b$31$" + "a" * 53, "hash_costly"),
    ],
)
def test_broken_and_costly_ones_are_refused(value: str, code: str) -> None:
    with pytest.raises(HashRefused) as refused:
        BCRYPT.read(value)

    assert refused.value.code == code


@pytest.mark.parametrize("value", ["", "$1$x", "$6$x$y", "2b$05$x"])
def test_other_kinds_are_left_to_others(value: str) -> None:
    assert BCRYPT.read(value) is None


@pytest.mark.parametrize("end", ["!", "9"])
def test_what_only_looks_like_a_hash_fits_nothing(end: str) -> None:
    assert not BCRYPT.verify("$2b$04$" + "9" * 52 + end, "x")
