"""`idp serve`: password hashes never take every thread of a process."""

import pytest

from idp.cli.serve import threads
from idp.settings.parts import Password


@pytest.mark.parametrize(("slots", "expected"), [(1, 16), (2, 17), (64, 79)])
def test_by_default_there_are_threads_that_hashes_never_take(
    capsys: pytest.CaptureFixture[str], slots: int, expected: int
) -> None:
    assert threads(Password(hash_slots=slots), 0) == expected
    assert expected > slots + Password().hash_queue
    assert not capsys.readouterr().err


@pytest.mark.parametrize(("wanted", "warned"), [(15, False), (14, True), (4, True)])
def test_too_few_are_used_with_a_warning(
    capsys: pytest.CaptureFixture[str], wanted: int, warned: bool
) -> None:
    assert threads(Password(hash_slots=2, hash_queue=12), wanted) == wanted

    assert ("start with --threads 16" in capsys.readouterr().err) == warned
