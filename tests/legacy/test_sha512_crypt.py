"""sha512-crypt: the examples published with its specification."""

import pytest

from idp.legacy.sha512_crypt import Sha512Crypt, crypted
from idp.plugins import HashRefused

SHA512 = Sha512Crypt()
PUBLISHED = [
    (
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEO"
        "faS35inz1",
        "Hello world!",
    ),
    (
        "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOu"
        "ZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
        "Hello world!",
    ),
    (
        "$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxd"
        "Ycz/e1JSbq3y6JMxxl8audkUEm0",
        "This is just a test",
    ),
    (
        "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t"
        "0oSwbtEW7o7UmJEiDwGqd8p4ur1",
        "a very much longer text to encrypt.  This one even stretches over morethan one line.",
    ),
    (
        "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtl"
        "cGZelFl5CxtgfiAc0",
        "we have a short salt string but not a short password",
    ),
    (
        "$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZE"
        "QpyUNGc0dqbpBYYBaHHrsX.",
        "the minimum number is still observed",
    ),
]


@pytest.mark.parametrize(("value", "password"), PUBLISHED, ids=lambda value: str(value)[:20])
def test_the_published_examples_fit(value: str, password: str) -> None:
    assert SHA512.read(value) == value
    assert SHA512.verify(value, password)
    assert not SHA512.verify(value, password + " ")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("$6$salt$short", "hash_invalid"),
        ("$6$salt$" + "!" * 86, "hash_invalid"),
        ("$6$" + "s" * 17 + "$" + "a" * 86, "hash_invalid"),
        ("$6$rounds=999$salt$" + "a" * 86, "hash_invalid"),
        ("$6$rounds=1000001$salt$" + "a" * 86, "hash_costly"),
        ("$6$rounds=9999999999$salt$" + "a" * 86, "hash_costly"),
    ],
)
def test_broken_and_costly_ones_are_refused(value: str, code: str) -> None:
    with pytest.raises(HashRefused) as refused:
        SHA512.read(value)

    assert refused.value.code == code


@pytest.mark.parametrize("value", ["", "$5$salt$x", "$2b$10$x", "$6", "6$"])
def test_other_kinds_are_left_to_others(value: str) -> None:
    assert SHA512.read(value) is None


def test_a_password_that_nobody_has_is_not_computed() -> None:
    value, _ = PUBLISHED[-1]

    assert not SHA512.verify(value, "x" * 1025)
    assert not SHA512.verify("$6$nonsense", "x")


@pytest.mark.parametrize(("size", "fits"), [(1024, True), (1025, False)])
def test_a_password_counts_up_to_a_kilobyte(size: int, fits: bool) -> None:
    stored = f"$6$rounds=1000$salz${crypted(b'x' * size, b'salz', 1000)}"

    assert Sha512Crypt().verify(stored, "x" * size) is fits
