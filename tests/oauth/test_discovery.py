"""Discovery and JWKS (OIDC Discovery §3, RFC 8414, RFC 7517)."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.core import Core
from idp.oauth.metadata import metadata
from idp.oauth.registry import ALGORITHMS
from tests.relying_party import Portal

DOCUMENTS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


def get(app: Flask, path: str, method: str = "GET", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().open(
        path, method=method, headers=named, base_url="http://127.0.0.1:8000"
    )


def test_both_documents_are_the_same_bytes(app: Flask, core: Core) -> None:
    first, second = (get(app, path) for path in DOCUMENTS)

    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.mimetype == "application/json"
    assert first.json == metadata(core)


@pytest.mark.parametrize("path", [*DOCUMENTS, "/oauth/jwks"])
def test_an_etag_saves_the_body(app: Flask, path: str) -> None:
    first = get(app, path)

    again = get(app, path, If_None_Match=first.headers["ETag"])

    assert again.status_code == 304
    assert again.data == b""
    assert "max-age" in first.headers["Cache-Control"]


@pytest.mark.parametrize("path", [*DOCUMENTS, "/oauth/jwks"])
def test_head_has_no_body(app: Flask, path: str) -> None:
    response = get(app, path, "HEAD")

    assert response.status_code == 200
    assert response.data == b""


def test_jwks_shows_public_parts_alone(app: Flask, core: Core) -> None:
    keys = (get(app, "/oauth/jwks").json or {})["keys"]

    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


def test_an_unknown_host_is_answered_with_400(app: Flask) -> None:
    response = app.test_client().get(DOCUMENTS[0], base_url="http://evil.example:8000")

    assert response.status_code == 400


def test_other_methods_are_refused(app: Flask) -> None:
    assert get(app, DOCUMENTS[0], "POST").status_code in (400, 404, 405)


def test_keys_are_sealed_at_rest(app: Flask, core: Core, portal: Portal) -> None:
    get(app, "/oauth/jwks")

    rows = core.db.connection().exec_driver_sql("SELECT private FROM signing_key").all()

    assert len(rows) >= len(ALGORITHMS)
    assert all('"d"' not in row[0] and row[0].startswith("gAAAA") for row in rows)
