"""A client's key server that is broken, slow or asked by many at once (threat 30)."""

from typing import Any

import pytest

from idp.oauth import client_keys
from tests.client_keys import ClientKey
from tests.conftest import MovableClock
from tests.oauth.key_server import Remote
from tests.oauth.races import four

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
    clock: MovableClock, remote: Remote, known_key: ClientKey, how: str
) -> None:
    remote.server.status, remote.server.document = BROKEN[how]
    clock.advance(minutes=11)

    assert remote.accepts(known_key)
    assert remote.server.hits == 2
    assert remote.accepts(known_key)
    assert remote.server.hits == 2


def test_a_set_that_was_emptied_is_believed(
    clock: MovableClock, remote: Remote, known_key: ClientKey
) -> None:
    remote.server.document = {"keys": []}
    clock.advance(minutes=11)

    assert not remote.accepts(known_key)


def test_a_server_that_was_dead_at_first_is_asked_again(
    clock: MovableClock, remote: Remote
) -> None:
    key, remote.server.status = remote.server.publish(), 503
    assert not remote.accepts(key)
    remote.server.status = 200
    assert not remote.accepts(key)
    assert remote.server.hits == 1

    clock.advance(seconds=11)

    assert remote.accepts(key)


def test_threads_that_meet_an_empty_cache_share_one_call(remote: Remote) -> None:
    key = remote.server.publish()

    assert four(lambda: remote.accepts(key)) == [True] * 4
    assert remote.server.hits == 1


def asked_again_meanwhile(remote: Remote, key: ClientKey) -> list[bool]:
    """Return what a second thread is told while the first one's call is under way."""
    meanwhile: list[bool] = []
    remote.server.meanwhile = lambda: meanwhile.append(remote.accepts(key))

    assert remote.accepts(key)

    return meanwhile


def test_while_one_thread_fetches_the_others_use_what_they_have(
    clock: MovableClock, remote: Remote, known_key: ClientKey
) -> None:
    clock.advance(minutes=11)

    assert asked_again_meanwhile(remote, known_key) == [True]
    assert remote.server.hits == 2


def test_a_thread_that_has_nothing_gives_up_waiting(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_keys, "PATIENCE", 0.01)

    assert asked_again_meanwhile(remote, remote.server.publish()) == [False]


def test_after_a_day_without_an_answer_nobody_is_believed(
    clock: MovableClock, remote: Remote, known_key: ClientKey
) -> None:
    remote.server.status = 503

    clock.advance(hours=23)
    assert remote.accepts(known_key)
    clock.advance(hours=1, seconds=1)
    assert not remote.accepts(known_key)

    remote.server.status = 200
    clock.advance(seconds=11)
    assert remote.accepts(known_key)
