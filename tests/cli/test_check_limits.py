"""`idp check` looks whether strangers are counted."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.redis import running


def limits(idp: Run) -> str:
    return next(line for line in idp("check").output.splitlines() if "limits" in line)


def test_a_storage_that_answers_is_away_or_is_none(
    installed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as redis:
        monkeypatch.setenv("IDP_LIMITS__STORAGE", redis.url)
        assert limits(installed).startswith("ok ")
    assert limits(installed).endswith("limits.storage does not answer; nothing is counted")
    assert limits(installed).startswith("warn ")

    monkeypatch.setenv("IDP_LIMITS__STORAGE", "redis://h:port")
    assert limits(installed).startswith("fail  limits      limits.storage: is no address")
