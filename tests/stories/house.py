"""The whole house on this machine: provider, three applications, real mail, letters on paper."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from pypdf import PdfReader

from clients.common import Config
from clients.contracts.app import create_app as contracts_app
from clients.courses.app import create_app as courses_app
from clients.jobs.app import create_app as jobs_app
from idp.core import Core
from idp.demo import door
from idp.demo.mailbox import Mailbox
from idp.oauth import registration
from idp.oauth.registration import Wanted
from idp.pin.models import Membership
from idp.web.house import NAME
from idp.worker import deliver
from tests import people
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.mail.server import Postbox
from tests.people import Member
from tests.pin import situations
from tests.relying_party import Portal
from tests.stories.server import Callback, address_of, listening, serving

PIN = re.compile(r"\b[2-9A-X]{4}-[2-9A-X]{4}-[2-9A-X]{4}\b")
APPLICATIONS: dict[str, tuple[str, str, Callable[[Config], Flask]]] = {
    "courses": ("Kursbuchung", "openid profile email", courses_app),
    "contracts": ("Ausbildungsverträge", "openid profile business", contracts_app),
    "jobs": ("Lehrstellenbörse", "openid profile business", jobs_app),
}


@dataclass(frozen=True)
class Letter:
    """A posted letter, read from its PDF."""

    text: str

    @property
    def pin(self) -> str:
        """The PIN as it is printed."""
        (found,) = PIN.findall(self.text)
        return str(found)


@dataclass
class House:
    """What runs, and what people receive outside the browser."""

    app: Flask
    clock: MovableClock
    issuer: str
    applications: dict[str, str]
    folder: Path
    postbox: Postbox
    clients: dict[str, str]
    stack: ExitStack
    read: set[Path] = field(default_factory=set)

    @property
    def courses(self) -> str:
        return self.applications["courses"]

    @property
    def contracts(self) -> str:
        return self.applications["contracts"]

    @property
    def jobs(self) -> str:
        return self.applications["jobs"]

    @property
    def core(self) -> Core:
        """The provider's core; only inside `app.app_context()`."""
        return people.core_of(self.app)

    @property
    def keys(self) -> Path:
        """The folder of the provider's own keys."""
        return people.core_of(self.app).settings.keys.dir

    def deliver(self) -> None:
        """Do what the worker does, until nothing is due."""
        with self.app.app_context():
            while deliver.once(self.core):
                pass

    def mails(self, email: str) -> list[EmailMessage]:
        """Deliver, and return everything that arrived at an address, the latest last."""
        self.deliver()
        return [mail for mail in self.postbox.mails if mail["To"].addresses[0].addr_spec == email]

    def words(self, email: str) -> str:
        """Return subject and text of the latest mail to an address, line breaks as blanks."""
        mail = self.mails(email)[-1]
        return " ".join(f"{mail['Subject']}\n{text_of(mail)}".split())

    def link(self, email: str) -> str:
        """Return the link of the latest mail that has one; it stands alone on a short line."""
        for mail in reversed(self.mails(email)):
            for line in text_of(mail).splitlines():
                if "/k/" in line:
                    assert line.startswith(f"{self.issuer}/k/")
                    assert len(line) <= 76
                    return line
        raise AssertionError(f"no link was mailed to {email}")

    def letter(self) -> Letter:
        """Deliver, and return the one letter that was printed since the last look."""
        self.deliver()
        (fresh,) = set(self.folder.glob("*.pdf")) - self.read
        self.read.add(fresh)
        (page,) = PdfReader(fresh).pages
        return Letter(page.extract_text())

    def member(self, email: str = "karl@beispiel.test", given: str = "Karl") -> Member:
        """Add somebody who has an account already."""
        return people.member(self.app, email, given)

    def linked(self, member: Member, *numbers: str) -> None:
        """Link somebody with businesses, as if PINs had been typed."""
        with self.app.app_context():
            businesses = [situations.entry(self.core, number).id for number in numbers]
            with self.core.writing():
                for business in businesses:
                    self.core.db.add(self._membership(member.id, business))

    def _membership(self, account_id: str, business_id: str) -> Membership:
        now = self.clock.now()
        return Membership(
            id=self.core.chance.token(16), account_id=account_id, business_id=business_id,
            method="pin_letter", assurance="post", verified_at=now, since=now,
        )  # fmt: skip

    def way_back(self, name: str) -> str:
        """Return the parameters with which an application sends people to the provider."""
        back = {"client_id": self.clients[name], "return_to": f"{self.applications[name]}/login"}
        return urlencode(back)

    def portal(self, **wanted: Any) -> tuple[Portal, Callback]:
        """Register one more application, with refresh tokens, and return it with its callback."""
        callback = self.stack.enter_context(listening(Callback))
        values: dict[str, Any] = {
            "name": "Auswertung",
            "redirect_uris": (f"{callback.url}/callback",),
            "scopes": ("openid", "profile", "business", "offline_access"),
            "offline_allowed": True,
            "first_party": False,
            "id_token_alg": "ES256",
            **wanted,
        }
        portal = Portal.register(self.app, **values)
        portal.redirect_uri = f"{callback.url}/callback"
        return portal, callback


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


@contextmanager
def whole_house(
    folder: Path, clock: MovableClock, url: str | None = None, mailbox: Mailbox | None = None
) -> Iterator[House]:
    """Build and start everything; the database is a SQLite file, or PostgreSQL at `url`.

    With a mailbox it is a house for demonstration, and what it sends ends there.
    """
    with ExitStack() as stack:
        postbox = stack.enter_context(Postbox())
        # Bound before anything is built: the issuer holds its port.
        sockets = {name: socket.create_server(("127.0.0.1", 0)) for name in ("idp", *APPLICATIONS)}
        addresses = {name: address_of(free) for name, free in sockets.items()}
        issuer = addresses.pop("idp")
        mail = {"host": "127.0.0.1", "port": postbox.port, "sender": "konto@kammer.test"}
        settings = settings_for(folder, url, issuer=issuer, mail=mail)
        app = built(settings, clock)
        stack.callback(dispose, app)
        if mailbox:
            app.extensions[NAME] = replace(app.extensions[NAME], demo=True)
            door.mount(app, mailbox)
        stack.enter_context(serving(sockets.pop("idp"), app))
        clients: dict[str, str] = {}
        for name, free in sockets.items():
            config = _registered(app, name, addresses[name], folder / "applications")
            clients[name] = config.client_id
            stack.enter_context(serving(free, APPLICATIONS[name][2](config)))
        with app.app_context():
            situations.register(people.core_of(app))
        letters = Path(settings.pin.folder)
        yield House(app, clock, issuer, addresses, letters, postbox, clients, stack)


def _registered(app: Flask, name: str, url: str, folder: Path) -> Config:
    """Register one of the three applications, as strangers are; returns what it is told."""
    title, scope, _ = APPLICATIONS[name]
    wanted = Wanted(
        name=title,
        redirect_uris=(f"{url}/callback", f"{url}/login"),
        post_logout_redirect_uris=(f"{url}/",),
        scopes=tuple(scope.split()),
        first_party=True,
        id_token_alg="ES256",
    )
    with app.app_context():
        core = people.core_of(app)
        client, secret = registration.add(core, wanted)
    assert secret
    return Config(
        core.settings.issuer, client.id, secret, int(url.rpartition(":")[2]), folder, "k" * 32
    )
