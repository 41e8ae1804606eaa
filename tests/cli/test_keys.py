"""Signing keys from the command line."""

import json
import re

import pytest

from idp.oauth import rotation
from tests.cli.conftest import Run
from tests.conftest import MovableClock


def keys(idp: Run) -> dict[tuple[str, str], dict[str, object]]:
    found = json.loads(idp("keys", "list", "--json").output)
    return {(key["alg"], key["state"]): key for key in found}


@pytest.fixture
def prepared(installed: Run, clock: MovableClock) -> Run:
    """An installation whose next keys everybody knows."""
    assert installed("keys", "rotate").exit_code == 1
    clock.advance(seconds=rotation.AHEAD.total_seconds())
    return installed


def test_a_rotation_too_early_is_refused_and_says_when_it_can_be(installed: Run) -> None:
    done = installed("keys", "rotate")

    assert done.exit_code == 1
    assert done.output.startswith("keys_too_young: ")
    assert re.search(r"from 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", done.output)
    assert "--now" in done.output


def test_a_rotation_tells_what_it_did(prepared: Run) -> None:
    before = keys(prepared)

    done = prepared("keys", "rotate")

    after = keys(prepared)
    assert done.exit_code == 0
    assert done.output.splitlines()[1] == (
        f"ES256  retired {before['ES256', 'active']['kid']}"
        f"  active {before['ES256', 'next']['kid']}  next {after['ES256', 'next']['kid']}"
    )
    assert len(done.output.splitlines()) == 4
    assert after["ES256", "retired"]["published"] is True


def test_some_algorithms_can_be_rotated_alone(prepared: Run) -> None:
    done = prepared("keys", "rotate", "--alg", "PS256", "--alg", "Ed25519")

    assert [line.split()[0] for line in done.output.splitlines()] == ["PS256", "Ed25519"]
    assert ("RS256", "retired") not in keys(prepared)
    assert prepared("keys", "rotate", "--alg", "HS256").exit_code == 2


def test_a_key_in_foreign_hands_is_withdrawn_at_once(installed: Run) -> None:
    done = installed("keys", "rotate", "--alg", "ES256", "--now")

    assert done.exit_code == 0
    old = keys(installed)["ES256", "retired"]
    assert (old["published"], old["trusted"]) == (False, False)
    assert re.search(rf"{old['kid']}  ES256  retired  .* UTC  withdrawn", list_of(installed))


def list_of(idp: Run) -> str:
    return idp("keys", "list").output


def test_the_list_says_who_still_believes_a_key(prepared: Run, clock: MovableClock) -> None:
    prepared("keys", "rotate")
    assert len(re.findall(r"  retired  .* UTC  published\n", list_of(prepared))) == 4

    clock.advance(hours=1)
    lines = list_of(prepared)
    assert len(re.findall(r"  retired  .* UTC  for hints only\n", lines)) == 4
    assert len(re.findall(r"  (?:active|next)  .* UTC  published\n", lines)) == 8


def test_the_list_for_programs_has_epoch_seconds(installed: Run, clock: MovableClock) -> None:
    clock.freeze()
    installed("keys", "rotate", "--now")

    found = keys(installed)["ES256", "active"]

    assert set(found) == {"kid", "alg", "state", "since", "published", "trusted"}
    assert found["since"] == int(clock.timestamp())


def test_nothing_is_listed_before_there_is_a_key(installed: Run) -> None:
    assert list_of(installed) == ""
    assert keys(installed) == {}
