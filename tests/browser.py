"""A browser without script on Flask's test client: opens pages, fills forms, follows redirects."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from idp.web.house import NAME


@dataclass
class FormShown:
    """A form of a page."""

    id: str | None
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormShown] = []
        self.links: list[tuple[str, str]] = []
        self.ids: dict[str, str] = {}
        self.title = ""
        self._open: FormShown | None = None
        self._into: list[str] = []
        self._text: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = FormShown(at.get("id"), at.get("action", ""), at.get("method", "get"))
            self.forms.append(self._open)
        elif self._open and at.get("name") and tag in ("input", "button"):
            self._field(tag, at)
        if tag == "a":
            self.links.append((at.get("href", ""), ""))
        if at.get("id"):
            self.ids[at["id"]] = at.get("value", "") or at.get("content", "") or ""
        self._into.append(at.get("id", "") or tag)

    def _field(self, tag: str, at: dict[str, str]) -> None:
        assert self._open
        kind = at.get("type", "submit" if tag == "button" else "text")
        if kind in ("submit", "radio", "button") or (kind == "checkbox" and "checked" not in at):
            self._open.labels.add(at["name"])
        else:
            self._open.fields[at["name"]] = at.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        into = self._into[-1] if self._into else ""
        if into == "title":
            self.title += data
        elif into in self.ids and not self.ids[into]:
            self.ids[into] = data.strip()

    def close(self) -> None:
        super().close()
        self.text = " ".join(" ".join(self._text).split())


class Page:
    """An answer as a person meets it."""

    def __init__(self, browser: "Browser", response: TestResponse, url: str) -> None:
        self.browser, self.response, self.url = browser, response, url
        self.status = response.status_code
        self.path = urlsplit(url).path
        reader = _Reader()
        if response.mimetype == "text/html":
            reader.feed(response.text)
            reader.close()
        self.forms, self.title, self.text, self.ids = (
            reader.forms,
            reader.title,
            reader.text,
            reader.ids,
        )
        self.links = [href for href, _ in reader.links]

    @property
    def error_code(self) -> str | None:
        """The ASCII code of a page-level error."""
        return self.ids.get("error-code")

    def form(self, *names: str) -> FormShown:
        """Return the form that has these fields or buttons; the language form is none."""
        for shown in self.forms:
            if set(names) <= set(shown.fields) | shown.labels and shown.action != "/language":
                return shown
        raise AssertionError(f"no form with {names} at {self.url}: {self.text[:400]}")

    def send(self, *, form: FormShown | None = None, **values: str) -> "Page":
        """Fill and send the form that has these fields."""
        shown = form or self.form(*values)
        data = {**shown.fields, **values}
        return self.browser.post(urljoin(self.url, shown.action or self.url), data)


class Left(Exception):
    """A redirect away from the provider."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Browser:
    """Keeps cookies and follows redirects inside the issuer; one that leads outside raises Left."""

    def __init__(self, app: Flask) -> None:
        self.issuer: str = app.extensions[NAME].core.settings.issuer
        self.client = app.test_client()

    def open(self, url: str, **more: Any) -> Page:
        """Open a page."""
        return self._go("GET", url, **more)

    def post(self, url: str, data: dict[str, str], **more: Any) -> Page:
        """Send a form."""
        return self._go("POST", url, data=data, **more)

    def _go(self, method: str, url: str, **more: Any) -> Page:
        url = urljoin(self.issuer + "/", url)
        for _ in range(12):
            parts = urlsplit(url)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            response = self.client.open(path, method=method, base_url=self.issuer, **more)
            location = response.headers.get("Location")
            if response.status_code not in (301, 302, 303) or location is None:
                return Page(self, response, url)
            url = urljoin(url, location)
            if not url.startswith(self.issuer + "/"):
                raise Left(url)
            method, more = "GET", {}
        raise AssertionError(f"too many redirects, last {url}")
