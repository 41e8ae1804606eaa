"""The token endpoint and a client whose keys lie on a server of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.oauth import registration
from idp.oauth.protocol import NAME as PROTOCOL
from tests.client_keys import ClientKey
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.key_server import KeyServer
from tests.oauth.machines import MACHINE
from tests.oauth.refusals import refused
from tests.relying_party import Portal


@pytest.fixture
def remote_robot(tmp_path: Path, clock: MovableClock, key_server: KeyServer) -> Iterator[Portal]:
    """A client whose keys lie on a server of its own, at an application that may call that."""
    outbound = {"allowed": ["127.0.0.0/8", "::1/128"], "ca_file": str(key_server.ca_file)}
    app = built(settings_for(tmp_path, outbound=outbound), clock)
    yield Portal.register(
        app, key=key_server.publish(), jwks=None, jwks_uri=key_server.uri,
        grant_types=("client_credentials",), redirect_uris=(),
    )  # fmt: skip
    dispose(app)


def test_a_client_rotates_its_keys_and_goes_on(
    remote_robot: Portal, key_server: KeyServer, clock: MovableClock
) -> None:
    assert remote_robot.post(MACHINE).status_code == 200
    clock.advance(seconds=11)

    remote_robot.key = ClientKey.make(kid="two")
    refused(remote_robot.post(MACHINE), "invalid_client", 401)
    clock.advance(seconds=11)
    key_server.document = remote_robot.key.jwks()

    assert remote_robot.post(MACHINE).status_code == 200


def test_nothing_is_held_while_a_client_is_asked_for_its_keys(
    remote_robot: Portal, key_server: KeyServer
) -> None:
    with remote_robot.app.app_context():
        pool = remote_robot.app.extensions["sqlalchemy"].engine.pool
    held: list[int] = []
    written: list[Any] = []

    def look() -> None:
        held.append(pool.checkedout())
        with remote_robot.app.app_context():
            # Would wait for a write lock, and find it taken.
            written.append(registration.rotate_secret(core, other.client.id))

    core, other = remote_robot.app.extensions["idp"].core, Portal.register(remote_robot.app)
    key_server.meanwhile = look
    remote_robot.app.extensions[PROTOCOL].registry._known.clear()

    assert remote_robot.post(MACHINE).status_code == 200

    assert held == [0]
    assert len(written) == 1
