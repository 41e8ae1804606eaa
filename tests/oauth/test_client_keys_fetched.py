"""Keys on a client's own server: how long they are kept, and when they are fetched anew."""

from dataclasses import replace

import pytest

from idp.oauth.client_keys import ClientKeys
from idp.outbound import Outbound
from idp.settings.models import OutboundCalls
from tests.client_keys import ClientKey
from tests.conftest import MovableClock
from tests.oauth.key_server import KeyServer, Remote, accepts, client


def test_fetched_keys_are_kept_for_ten_minutes(clock: MovableClock, remote: Remote) -> None:
    key = remote.server.publish()
    for _ in range(3):
        assert remote.accepts(key)
        clock.advance(minutes=3)
    assert remote.server.hits == 1

    clock.advance(minutes=2)

    assert remote.accepts(key)
    assert remote.server.hits == 2


def test_a_new_key_is_found_at_once_and_an_old_one_dies_with_the_set(
    clock: MovableClock, remote: Remote
) -> None:
    old = remote.server.publish("old")
    assert remote.accepts(old)
    clock.advance(seconds=11)

    new = remote.server.publish("new")

    assert remote.accepts(new)
    assert not remote.accepts(old)
    assert remote.server.hits == 2


def test_a_new_key_without_a_name_is_found_too(clock: MovableClock, remote: Remote) -> None:
    assert remote.accepts(remote.server.publish(None))
    clock.advance(seconds=11)

    new = remote.server.publish(None)

    assert remote.accepts(new)


def test_strangers_cannot_make_us_fetch_more_than_every_ten_seconds(
    clock: MovableClock, remote: Remote
) -> None:
    clock.freeze()
    key, stranger = remote.server.publish(), ClientKey.make(kid="x")
    assert remote.accepts(key)
    for _ in range(5):
        assert not remote.accepts(stranger)
        assert not remote.accepts(stranger, kid=None)
        clock.advance(seconds=1)
    assert remote.server.hits == 1

    clock.advance(seconds=5)
    for _ in range(3):
        assert not remote.accepts(stranger)

    assert remote.server.hits == 2


def test_a_wrong_signature_by_a_known_key_fetches_nothing(
    clock: MovableClock, remote: Remote, known_key: ClientKey
) -> None:
    clock.advance(seconds=11)

    assert not remote.accepts(ClientKey.make(kid=known_key.kid))

    assert remote.server.hits == 1


def test_another_address_is_another_set(remote: Remote, known_key: ClientKey) -> None:
    def at(address: str) -> Remote:
        return replace(remote, client=replace(remote.client, jwks_uri=address))

    assert not at("https://localhost:1/").accepts(known_key)
    assert at(remote.server.uri + "/new").accepts(known_key)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "169.254.169.254", "0.0.0.0"])
def test_threat_30_private_addresses_are_never_asked(
    clock: MovableClock, key_server: KeyServer, host: str
) -> None:
    keys = ClientKeys(clock, Outbound(clock, OutboundCalls(ca_file=key_server.ca_file)))

    for scheme in ("https", "http", "file"):
        of = client(jwks_uri=f"{scheme}://{host}:{key_server.port}/jwks")
        assert not accepts(keys, of, ClientKey.make())

    assert key_server.hits == 0
