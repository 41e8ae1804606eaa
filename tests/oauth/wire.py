"""Sends bytes as they are, as no browser and no library would."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.oauth.hostile import Pairs, encoded

FORM = "application/x-www-form-urlencoded"


class Wire:
    """A client of one issuer."""

    def __init__(self, client: FlaskClient, issuer: str) -> None:
        self.client, self.issuer = client, issuer

    def get(self, path: str, query: Pairs, **headers: str) -> TestResponse:
        address = f"{path}?{encoded(query)}" if query else path
        return self.client.get(address, base_url=self.issuer, headers=headers)

    def post(
        self, path: str, body: Pairs | bytes | str, *, kind: str = FORM, **headers: str
    ) -> TestResponse:
        data = encoded(body) if isinstance(body, list) else body
        return self.client.post(
            path, data=data, content_type=kind, base_url=self.issuer, headers=headers
        )
