"""The three applications, each with a browser of its own, and a provider that can lie."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from clients.common import Config
from clients.contracts.app import create_app as contracts_app
from clients.courses.app import create_app as courses_app
from clients.jobs.app import create_app as jobs_app

from .stub_provider import StubProvider, running


@dataclass(frozen=True)
class Page:
    """What a person sees of an answer."""

    status: int
    text: str
    location: str


@dataclass(frozen=True)
class Browser:
    """A person's browser at one application; it walks over to the provider by real HTTP."""

    client: FlaskClient
    config: Config

    def get(self, path: str) -> Page:
        return self.page(self.client.get(path, base_url=self.config.url))

    def post(self, path: str, **fields: str) -> Page:
        """Send a form of this session, with the token that its pages carry."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.get("/logout").text)
        fields = {"csrf": token[1] if token else "", **fields}
        return self.page(self.client.post(path, data=fields, base_url=self.config.url))

    def sign_in(self, path: str = "/login") -> Page:
        """/login, the provider, /callback; the page of the callback itself."""
        return self.get(self.to_provider(path))

    def to_provider(self, path: str = "/login") -> str:
        """What the provider sends this browser back with."""
        answer = requests.get(self.get(path).location, allow_redirects=False, timeout=5)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    @staticmethod
    def page(answer: TestResponse) -> Page:
        text = html.unescape(answer.get_data(as_text=True))
        return Page(answer.status_code, text, answer.headers.get("Location", ""))


@pytest.fixture
def provider() -> Iterator[StubProvider]:
    with running(StubProvider()) as stub:
        yield stub


@pytest.fixture
def config(provider: StubProvider, tmp_path: Path) -> Callable[[str, int], Config]:
    return lambda name, port: Config(provider.issuer, name, "s3cret", port, tmp_path, "k" * 32)


def browser(create: Callable[[Config], Flask], settings: Config) -> Browser:
    return Browser(create(settings).test_client(), settings)


@pytest.fixture
def courses(config: Callable[[str, int], Config]) -> Browser:
    return browser(courses_app, config("courses", 8001))


@pytest.fixture
def contracts(config: Callable[[str, int], Config]) -> Browser:
    return browser(contracts_app, config("contracts", 8002))


@pytest.fixture
def jobs(config: Callable[[str, int], Config]) -> Browser:
    return browser(jobs_app, config("jobs", 8003))


@pytest.fixture(params=["courses", "contracts", "jobs"])
def any_app(request: pytest.FixtureRequest) -> Browser:
    found: Browser = request.getfixturevalue(request.param)
    return found
