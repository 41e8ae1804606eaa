"""Keys of clients: which are taken, and which never (threat 29)."""

import json
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey, OctKey, OKPKey

from idp.errors import Refused
from idp.oauth import client_keys
from idp.oauth.client_keys import Unverified
from tests.client_keys import ClientKey, rsa_key
from tests.conftest import MovableClock
from tests.oauth.key_server import CLAIMS, accepts, client, keys_of
from tests.relying_party import Portal


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
@pytest.mark.parametrize("more", [{}, {"use": "sig"}, {"key_ops": ["verify"]}, {"alg": True}])
def test_a_registered_key_verifies(clock: MovableClock, alg: str, more: dict[str, Any]) -> None:
    key = ClientKey.make(alg)
    named = {"alg": alg} if "alg" in more else more
    jwks = {"keys": [key.public(**named)]}
    client_keys.check(jwks)

    assert accepts(keys_of(clock), client(jwks=jwks), key)


def test_the_old_name_of_an_algorithm_is_the_same_in_a_key(clock: MovableClock) -> None:
    key = ClientKey.make("Ed25519")

    assert accepts(keys_of(clock), client(jwks={"keys": [key.public(alg="EdDSA")]}), key)


@pytest.mark.parametrize("kid", ["one", None])
@pytest.mark.parametrize("named", [True, False])
def test_among_several_keys_the_one_that_fits_is_found(
    clock: MovableClock, kid: str | None, named: bool
) -> None:
    right = ClientKey.make(kid="one" if named else None)
    others = [ClientKey.make(kid=f"other-{n}") for n in range(3)]
    same_name = ClientKey.make("Ed25519", kid="one").public()
    jwks = {"keys": [*(other.public() for other in others), same_name, right.public()]}

    assert accepts(keys_of(clock), client(jwks=jwks), right, kid=kid)


def test_at_most_ten_keys_are_tried(clock: MovableClock) -> None:
    last = ClientKey.make(kid=None)
    others = [ClientKey.make(kid=None).public() for _ in range(10)]

    assert not accepts(keys_of(clock), client(jwks={"keys": [*others, last.public()]}), last)
    assert accepts(keys_of(clock), client(jwks={"keys": [*others[:9], last.public()]}), last)


def test_a_token_with_the_name_of_another_key_is_refused(clock: MovableClock) -> None:
    one, two = ClientKey.make(kid="one"), ClientKey.make(kid="two")

    assert not accepts(keys_of(clock), client(jwks=one.jwks(two.public())), one, kid="two")


def test_one_algorithm_may_be_demanded(clock: MovableClock) -> None:
    key = ClientKey.make("RS256")
    keys, of = keys_of(clock), client(jwks=key.jwks())

    assert keys.verified(of, key.sign(CLAIMS), "RS256").claims == CLAIMS
    for only in ("PS256", "none", "HS256"):
        with pytest.raises(Unverified):
            keys.verified(of, key.sign(CLAIMS), only)


def test_a_token_beyond_any_use_is_not_read(clock: MovableClock) -> None:
    key = ClientKey.make()
    of, long = client(jwks=key.jwks()), key.sign({"padding": "x" * 13_000})

    with pytest.raises(Unverified, match="too long"):
        keys_of(clock).verified(of, long)


def test_a_client_without_keys_signs_nothing(clock: MovableClock) -> None:
    assert not accepts(keys_of(clock), client(), ClientKey.make())


EC, OTHER = ClientKey.make(), ClientKey.make("Ed25519")
UNUSABLE: dict[str, Any] = {
    "for encryption": EC.public(use="enc"),
    "not for verifying": EC.public(key_ops=["encrypt"]),
    "operations that are none": EC.public(key_ops="verify"),
    "another algorithm": EC.public(alg="ES384"),
    "an algorithm of another kind": EC.public(alg="RS256"),
    "an algorithm that is none": EC.public(alg=["ES256"]),
    "a name that is none": EC.public(kid=7),
    "an unknown kind": EC.public(kty="AKP"),
    "a kind that is none": EC.public(kty=["EC"]),
    "no kind": {"x": "y"},
    "another curve": ECKey.generate_key("P-384").as_dict(private=False),
    "a curve of another kind": EC.public(crv="Ed25519"),
    "a curve for RSA": rsa_key().as_dict(private=False) | {"crv": "P-256"},
    "Ed448": OKPKey.generate_key("Ed448").as_dict(private=False),
    "X25519": OKPKey.generate_key("X25519").as_dict(private=False),
    "a point beside the curve": EC.public(y=EC.public()["x"]),
    "a number for a point": EC.public(x=7),
    "odd base64": EC.public(x="a"),
    "blank base64": EC.public(x=""),
    "base64 of another alphabet": EC.public(x="+/=="),
    "half a point": {k: v for k, v in EC.public().items() if k != "y"},
    "too short for Ed25519": OTHER.public(x="AAAA"),
    "short RSA": {"kty": "RSA", "e": "AQAB", "n": "w" * 341},
    "endless RSA": {"kty": "RSA", "e": "AQAB", "n": "w" * 1368},
    "RSA with an exponent of one": rsa_key().as_dict(private=False) | {"e": "AQ"},
    "RSA with an even exponent": rsa_key().as_dict(private=False) | {"e": "AQAC"},
    "RSA without modulus": {"kty": "RSA", "e": "AQAB"},
    "RSA of blanks": {"kty": "RSA", "e": "AQAB", "n": ""},
    "a text": "key",
    "nothing": None,
    "a list": [],
}
SECRET: dict[str, Any] = {
    "private EC": EC.key.as_dict(private=True),
    "private RSA": rsa_key().as_dict(private=True),
    "part of a private RSA": rsa_key().as_dict(private=False) | {"dp": "AQAB"},
    "symmetric": OctKey.generate_key(256).as_dict(private=True),
    "symmetric without value": {"kty": "oct"},
}


@pytest.mark.parametrize("member", [*UNUSABLE.values()], ids=[*UNUSABLE])
def test_a_key_that_cannot_be_used_is_passed_over(clock: MovableClock, member: Any) -> None:
    good = ClientKey.make(kid="good")
    with pytest.raises(Refused, match="client_keys_bad"):
        client_keys.check({"keys": [member]})
    mixed = good.jwks(member)
    client_keys.check(mixed)

    assert accepts(keys_of(clock), client(jwks=mixed), good)
    assert not accepts(keys_of(clock), client(jwks={"keys": [member]}), EC)


@pytest.mark.parametrize("member", [*SECRET.values()], ids=[*SECRET])
def test_a_set_with_a_secret_is_not_registered_and_its_key_not_used(
    clock: MovableClock, member: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="client_keys_bad"):
        client_keys.check(ClientKey.make().jwks(member))

    assert not accepts(keys_of(clock), client(jwks={"keys": [member]}), EC)


@pytest.mark.parametrize("jwks", [{}, {"keys": []}, {"keys": {}}, {"keys": None}, {"key": []}])
def test_a_set_that_is_none_is_not_registered(jwks: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="client_keys_bad"):
        client_keys.check(jwks)


def test_staff_learn_of_a_bad_set(app: Flask) -> None:
    with pytest.raises(Refused, match="client_keys_bad"):
        Portal.register(app, auth_method="private_key_jwt", jwks={"keys": [SECRET["symmetric"]]})


def test_keys_are_parsed_once_for_each_version(
    clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed, parse = [], client_keys.public_keys

    def counted(document: object) -> Any:
        parsed.append(document)
        return parse(document)

    monkeypatch.setattr(client_keys, "public_keys", counted)
    key, keys = ClientKey.make(), keys_of(clock)
    for _ in range(3):
        # The registry reads clients anew every few seconds: equal, not the same.
        assert accepts(keys, client(jwks=json.loads(json.dumps(key.jwks()))), key)

    other = ClientKey.make()
    assert accepts(keys, client(jwks=other.jwks()), other)
    assert not accepts(keys, client(jwks=other.jwks()), key)
    assert len(parsed) == 2
