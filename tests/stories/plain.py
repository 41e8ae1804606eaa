"""A visitor without a browser: HTML forms over real HTTP, cookies, redirects, nothing else."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import requests

from tests.stories.visitor import named, words

Attributes = dict[str, str]
UNSENT = ("submit", "button", "reset", "image", "file")
SECONDS = 10


@dataclass
class Button:
    form: "Form | None"
    at: Attributes
    text: str = ""
    in_main: bool = False


@dataclass
class Form:
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Link:
    href: str
    text: str = ""


class Reader(HTMLParser):
    """Reads a page: title, words of `main`, links, forms and their buttons, the error code."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.buttons: list[Button] = []
        self.links: list[Link] = []
        self.title = self.main = self.code = ""
        self._inside: list[str] = []
        self._form: Form | None = None
        self._select: dict[str, str] | None = None
        self._option: str | None = None
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        inside = "code" if at.get("id") == "error-code" else tag
        if tag in ("main", "title", "a", "button", "option", "textarea") or inside == "code":
            self._inside.append(inside)
        if tag == "form":
            self._form = Form(at.get("action", ""), at.get("method", "get"))
            self.forms.append(self._form)
        elif tag == "a":
            self.links.append(Link(at.get("href", ""), at.get("aria-label", "")))
        elif tag == "button" and "hidden" not in at:
            label, in_main = at.get("aria-label", ""), "main" in self._inside
            self.buttons.append(Button(self._form, at, label, in_main))
        elif self._form:
            self._field(self._form, tag, at)

    def _field(self, form: Form, tag: str, at: Attributes) -> None:
        name, value = at.get("name", ""), at.get("value", "")
        if tag == "input" and name and at.get("type") == "checkbox":
            form.boxes[name] = value or "on"
            if "checked" in at:
                form.values[name] = form.boxes[name]
        elif tag == "input" and name and at.get("type") not in UNSENT:
            form.values[name] = value
        elif tag == "textarea":
            self._area, form.values[name] = name, ""
        elif tag == "select":
            self._select = form.options.setdefault(name, {})
            form.values[name] = ""
        elif tag == "option":
            self._option = at.get("value")

    def handle_data(self, data: str) -> None:
        inside = self._inside[-1] if self._inside else ""
        if inside == "title":
            self.title += data
        if inside == "code":
            self.code += data
        if inside == "a" and self.links:
            self.links[-1].text += data
        if inside == "button" and self.buttons:
            self.buttons[-1].text += data
        if inside == "option" and self._select is not None:
            self._select[words(data)] = words(data) if self._option is None else self._option
        if inside == "textarea" and self._form:
            self._form.values[self._area] += data
        if "main" in self._inside:
            self.main += data

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag == self._inside[-1]:
            self._inside.pop()
        if tag == "form":
            self._form = None
        # Blocks part words, as on a screen.
        if "main" in self._inside and tag not in ("span", "strong", "small", "code", "a"):
            self.main += " "


class PlainVisitor:
    """Keeps cookies and follows redirects; a tab shares the cookies of its browser."""

    def __init__(self, session: requests.Session | None = None) -> None:
        self._own = session is None
        self.session = session or requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept-Language"] = "de"
        self._typed: dict[str, str] = {}
        self._read("", "")

    def open(self, url: str) -> None:
        self._show(self.session.get(urldefrag(url)[0], timeout=SECONDS))

    def fill(self, **values: str) -> None:
        self._typed |= values

    def choose(self, **options: str) -> None:
        for name, option in options.items():
            (choices,) = [form.options[name] for form in self.page.forms if name in form.options]
            self._typed[name] = choices[option]

    def tick(self, *names: str) -> None:
        for name in names:
            (value,) = [form.boxes[name] for form in self.page.forms if name in form.boxes]
            self._typed[name] = value

    def press(self, button: str) -> None:
        found = [one for one in self.page.buttons if named(button).match(words(one.text))]
        assert found, f"no button {button!r} at {self.url}: {self.text}"
        found.sort(key=lambda one: not one.in_main)
        form = found[0].form
        assert form, f"the button {button!r} at {self.url} stands in no form"
        self._send(form, found[0])

    def _send(self, form: Form, button: Button) -> None:
        unknown = set(self._typed) - set(form.values) - set(form.boxes)
        assert not unknown, f"no field {unknown} at {self.url}: {self.text}"
        values = {**form.values, **self._typed}
        if "name" in button.at:
            values[button.at["name"]] = button.at.get("value", "")
        url = urljoin(self.url, form.action or self.url)
        # A browser sends no Origin with a GET, and its own with a POST.
        self._show(self.session.request(form.method.upper(), url, data=values, timeout=SECONDS))

    def follow(self, link: str) -> None:
        found = [one for one in self.page.links if named(link).match(words(one.text))]
        assert found, f"no link {link!r} at {self.url}: {self.text}"
        self.open(urljoin(self.url, found[0].href))

    def tab(self) -> "PlainVisitor":
        return PlainVisitor(self.session)

    @property
    def title(self) -> str:
        return words(self.page.title)

    @property
    def text(self) -> str:
        return words(self.page.main)

    @property
    def code(self) -> str:
        return self.page.code.strip()

    def value(self, name: str) -> str:
        (value,) = [form.values[name] for form in self.page.forms if name in form.values]
        return value

    def end(self) -> None:
        if self._own:
            self.session.close()

    def _show(self, answer: requests.Response) -> None:
        self._typed = {}
        self._read(answer.url, answer.text)

    def _read(self, url: str, html: str) -> None:
        self.url, self.page = url, Reader()
        self.page.feed(html)
        self.page.close()
