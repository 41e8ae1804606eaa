"""Keys of clients: which are taken, how they are fetched, what may go wrong (threats 29, 30)."""

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey, OctKey, OKPKey

from idp.clock import Clock
from idp.errors import Refused
from idp.oauth import client_keys, registration
from idp.oauth.client_keys import ClientKeys, Unverified
from idp.oauth.protocol import NAME as PROTOCOL
from idp.oauth.registry import Registered
from idp.outbound import Outbound
from idp.settings.models import OutboundCalls
from tests.client_keys import ClientKey, rsa_key
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.test_races import together
from tests.oauth.test_token import refused
from tests.relying_party import Portal
from tests.test_outbound import LOOPBACK, QuietServer, certificate

CLAIMS = {"hello": "world"}
MACHINE = {"grant_type": "client_credentials"}


@dataclass
class KeyServer:
    """A client's own server, which says where its keys are."""

    port: int
    ca_file: Path
    document: Any = None
    status: int = 200
    hits: int = 0
    meanwhile: Callable[[], object] = field(default=lambda: None)

    @property
    def uri(self) -> str:
        return f"https://localhost:{self.port}/jwks"

    @property
    def body(self) -> bytes:
        plain = isinstance(self.document, bytes)
        return self.document if plain else json.dumps(self.document).encode()

    def settings(self) -> OutboundCalls:
        return OutboundCalls(allowed=LOOPBACK, ca_file=self.ca_file)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KeyServer]:
    cert, key = certificate(tmp_path)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.hits += 1
            served.meanwhile()
            self.send_response(served.status)
            self.send_header("Location", "https://127.0.0.1/")
            self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def log_message(self, *_: object) -> None:
            pass

    listening = QuietServer(("127.0.0.1", 0), Handler)
    served = KeyServer(listening.server_port, cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield served
    listening.shutdown()
    listening.server_close()
    thread.join()


def client(**more: Any) -> Registered:
    values: dict[str, Any] = {
        "id": "robot", "name": "Robot", "purpose": "", "secret_hash": None,
        "auth_method": "private_key_jwt", "redirect_uris": (), "post_logout_redirect_uris": (),
        "scopes": (), "grant_types": (), "id_token_alg": "ES256", "require_pkce": True,
        "first_party": True, **more,
    }  # fmt: skip
    return Registered(**values)


def keys_of(clock: Clock, server: KeyServer | None = None) -> ClientKeys:
    settings = server.settings() if server else OutboundCalls()
    return ClientKeys(clock, Outbound(clock, settings))


def accepts(keys: ClientKeys, of: Registered, key: ClientKey, **header: Any) -> bool:
    try:
        found = keys.verified(of, key.sign(CLAIMS, **header), None)
    except Unverified:
        return False
    assert found.claims == CLAIMS
    return True


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


def test_fetched_keys_are_kept_for_ten_minutes(clock: MovableClock, server: KeyServer) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    for _ in range(3):
        assert accepts(keys, of, key)
        clock.advance(minutes=3)
    assert server.hits == 1

    clock.advance(minutes=2)

    assert accepts(keys, of, key)
    assert server.hits == 2


def test_a_new_key_is_found_at_once_and_an_old_one_dies_with_the_set(
    clock: MovableClock, server: KeyServer
) -> None:
    old, new, keys = ClientKey.make(kid="old"), ClientKey.make(kid="new"), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), old.jwks()
    assert accepts(keys, of, old)
    clock.advance(seconds=11)

    server.document = new.jwks()

    assert accepts(keys, of, new)
    assert not accepts(keys, of, old)
    assert server.hits == 2


def test_a_new_key_without_a_name_is_found_too(clock: MovableClock, server: KeyServer) -> None:
    old, new, keys = ClientKey.make(kid=None), ClientKey.make(kid=None), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), old.jwks()
    assert accepts(keys, of, old)
    clock.advance(seconds=11)

    server.document = new.jwks()

    assert accepts(keys, of, new)


def test_strangers_cannot_make_us_fetch_more_than_every_ten_seconds(
    clock: MovableClock, server: KeyServer
) -> None:
    clock.freeze()
    key, stranger, keys = ClientKey.make(), ClientKey.make(kid="x"), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    assert accepts(keys, of, key)
    for _ in range(5):
        assert not accepts(keys, of, stranger)
        assert not accepts(keys, of, stranger, kid=None)
        clock.advance(seconds=1)
    assert server.hits == 1

    clock.advance(seconds=5)
    for _ in range(3):
        assert not accepts(keys, of, stranger)

    assert server.hits == 2


def test_a_wrong_signature_by_a_known_key_fetches_nothing(
    clock: MovableClock, server: KeyServer
) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    assert accepts(keys, of, key)
    clock.advance(seconds=11)

    assert not accepts(keys, of, ClientKey.make(kid=key.kid))

    assert server.hits == 1


BROKEN: dict[str, tuple[int, Any]] = {
    "gone": (404, {"keys": []}),
    "moved": (302, {"keys": []}),
    "broken": (500, {"keys": []}),
    "long": (200, b'{"keys":[]}' + b" " * 70_000),
    "no JSON": (200, b"<html>"),
    "no text": (200, b"\xff\xfe\xff"),
    "deep": (200, b"[" * 60_000),
    "no set": (200, {"jwks": []}),
    "a list": (200, []),
}


@pytest.mark.parametrize("how", BROKEN)
def test_threat_30_old_keys_are_served_while_the_server_is_broken(
    clock: MovableClock, server: KeyServer, how: str
) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    assert accepts(keys, of, key)
    server.status, server.document = BROKEN[how]
    clock.advance(minutes=11)

    assert accepts(keys, of, key)
    assert server.hits == 2
    assert accepts(keys, of, key)
    assert server.hits == 2


def test_a_set_that_was_emptied_is_believed(clock: MovableClock, server: KeyServer) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    assert accepts(keys, of, key)
    server.document = {"keys": []}
    clock.advance(minutes=11)

    assert not accepts(keys, of, key)


def test_a_server_that_was_dead_at_first_is_asked_again(
    clock: MovableClock, server: KeyServer
) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.status = client(jwks_uri=server.uri), 503
    assert not accepts(keys, of, key)
    server.status, server.document = 200, key.jwks()
    assert not accepts(keys, of, key)
    assert server.hits == 1

    clock.advance(seconds=11)

    assert accepts(keys, of, key)


def test_another_address_is_another_set(clock: MovableClock, server: KeyServer) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    assert accepts(keys, of, key)

    assert not accepts(keys, replace(of, jwks_uri="https://localhost:1/"), key)
    assert accepts(keys, replace(of, jwks_uri=server.uri + "/new"), key)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "169.254.169.254", "0.0.0.0"])
def test_threat_30_private_addresses_are_never_asked(
    clock: MovableClock, server: KeyServer, host: str
) -> None:
    keys = ClientKeys(clock, Outbound(clock, OutboundCalls(ca_file=server.ca_file)))

    for scheme in ("https", "http", "file"):
        of = client(jwks_uri=f"{scheme}://{host}:{server.port}/jwks")
        assert not accepts(keys, of, ClientKey.make())

    assert server.hits == 0


def test_threads_that_meet_an_empty_cache_share_one_call(
    clock: MovableClock, server: KeyServer
) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()

    assert together(lambda: accepts(keys, of, key)) == [True] * 4
    assert server.hits == 1


def test_while_one_thread_fetches_the_others_use_what_they_have(
    clock: MovableClock, server: KeyServer
) -> None:
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    assert accepts(keys, of, key)
    clock.advance(minutes=11)
    meanwhile: list[bool] = []
    server.meanwhile = lambda: meanwhile.append(accepts(keys, of, key))

    assert accepts(keys, of, key)

    assert meanwhile == [True]
    assert server.hits == 2


def test_a_thread_that_has_nothing_gives_up_waiting(
    clock: MovableClock, server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_keys, "PATIENCE", 0.01)
    key, keys = ClientKey.make(), keys_of(clock, server)
    of, server.document = client(jwks_uri=server.uri), key.jwks()
    meanwhile: list[bool] = []
    server.meanwhile = lambda: meanwhile.append(accepts(keys, of, key))

    assert accepts(keys, of, key)

    assert meanwhile == [False]


@pytest.fixture
def robot(tmp_path: Path, clock: MovableClock, server: KeyServer) -> Iterator[Portal]:
    """A client whose keys lie on a server of its own, at an application that may call that."""
    outbound = {"allowed": ["127.0.0.0/8", "::1/128"], "ca_file": str(server.ca_file)}
    app = built(settings_for(tmp_path, outbound=outbound), clock)
    key = ClientKey.make()
    server.document = key.jwks()
    yield Portal.register(
        app, key=key, jwks=None, jwks_uri=server.uri,
        grant_types=("client_credentials",), redirect_uris=(),
    )  # fmt: skip
    dispose(app)


def test_a_client_rotates_its_keys_and_goes_on(
    robot: Portal, server: KeyServer, clock: MovableClock
) -> None:
    assert robot.post(MACHINE).status_code == 200
    clock.advance(seconds=11)

    robot.key = ClientKey.make(kid="two")
    refused(robot.post(MACHINE), "invalid_client", 401)
    clock.advance(seconds=11)
    server.document = robot.key.jwks()

    assert robot.post(MACHINE).status_code == 200


def test_nothing_is_held_while_a_client_is_asked_for_its_keys(
    robot: Portal, server: KeyServer
) -> None:
    with robot.app.app_context():
        pool = robot.app.extensions["sqlalchemy"].engine.pool
    held: list[int] = []
    written: list[Any] = []

    def look() -> None:
        held.append(pool.checkedout())
        with robot.app.app_context():
            # Would wait for a write lock, and find it taken.
            written.append(registration.rotate_secret(core, other.client.id))

    core, other = robot.app.extensions["idp"].core, Portal.register(robot.app)
    server.meanwhile = look
    robot.app.extensions[PROTOCOL].registry._known.clear()

    assert robot.post(MACHINE).status_code == 200

    assert held == [0]
    assert len(written) == 1
