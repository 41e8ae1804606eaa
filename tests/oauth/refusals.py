"""What the endpoints for applications answer when they refuse, and a header they look at."""

import base64

from werkzeug.test import TestResponse


def refused(response: TestResponse, error: str, status: int = 400) -> None:
    """Assert the shape of RFC 6749 §5.2, with printable ASCII alone."""
    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json or {}
    assert body["error"] == error
    assert set(body) <= {"error", "error_description"}
    description = body.get("error_description", "")
    assert description.isascii()
    assert not set(description) & set('"\\\r\n\t')


def basic(text: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text).decode()}
