"""`idp check` asks who answers under the issuer's address."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.issuers import Issuer, listening


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    folder = tmp_path / "tls"
    folder.mkdir()
    with listening(folder) as (found, cert):
        monkeypatch.setenv("IDP_ISSUER", found.url)
        monkeypatch.setenv("IDP_OUTBOUND__ALLOWED", '["127.0.0.0/8", "::1/128"]')
        monkeypatch.setenv("IDP_OUTBOUND__CA_FILE", str(cert))
        yield found


def told(idp: Run) -> tuple[str, str]:
    (found,) = [row for row in json.loads(idp("check", "--json").output) if row["name"] == "issuer"]
    return found["level"], found["text"]


def test_who_answers_as_itself_is_fine(installed: Run, issuer: Issuer) -> None:
    assert told(installed) == ("ok", f"{issuer.url} answers as itself")
    assert issuer.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b'{"issuer": "https://other.test"}', "another issuer: 'https://other.test'"),
        (404, b"", "status 404"),
        (200, b"<html>", "no discovery document"),
        (200, b"{}", "no discovery document"),
        (200, b"[]", "no discovery document"),
    ],
)
def test_anything_else_is_a_warning_with_its_reason(
    installed: Run, issuer: Issuer, status: int, body: bytes, reason: str
) -> None:
    issuer.status, issuer.body = status, body

    level, text = told(installed)

    assert level == "warn"
    assert reason in text


def test_a_private_network_must_be_allowed(
    installed: Run, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IDP_OUTBOUND__ALLOWED")

    level, text = told(installed)

    assert level == "warn"
    assert "address not allowed; see [outbound]" in text
    assert not issuer.asked


def test_certificates_that_are_not_there_are_told(
    installed: Run, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_OUTBOUND__CA_FILE", "/no/such.pem")

    level, text = told(installed)

    assert level == "warn"
    assert "outbound.ca_file" in text


def test_on_loopback_nobody_is_asked(installed: Run) -> None:
    level, text = told(installed)

    assert level == "warn"
    assert text.endswith("works on this machine alone; not asked who answers there")
