"""The three applications of the demo: registered as any relying party, told their secrets."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from idp.core import Core
from idp.demo.place import ADDRESS
from idp.oauth import registration
from idp.oauth.models import Client
from idp.seal import fingerprint


@dataclass(frozen=True)
class Application:
    """A relying party that ships with the house, and how far its port is from the provider's."""

    id: str
    name: str
    purpose: str
    scope: str
    offset: int

    def url(self, first_port: int) -> str:
        """Return where it listens."""
        return f"http://{ADDRESS}:{first_port + self.offset}"

    def wanted(self, first_port: int) -> registration.Wanted:
        """Return its registration."""
        url = self.url(first_port)
        return registration.Wanted(
            id=self.id,
            name=self.name,
            purpose=self.purpose,
            # The second is where Mein Betrieb leads back to: a fresh sign-in.
            redirect_uris=(f"{url}/callback", f"{url}/login"),
            post_logout_redirect_uris=(f"{url}/",),
            scopes=tuple(self.scope.split()),
            first_party=True,
            # Plain http, as the demo alone may call it (see `idp/outbound.py`).
            backchannel_logout_uri=f"{url}/backchannel-logout",
        )


APPLICATIONS = (
    Application("courses", "Kursbuchung", "Kurse buchen", "openid profile email", 1),
    Application(
        "contracts", "Ausbildungsverträge", "Verträge einreichen", "openid profile business", 2
    ),
    Application(
        "jobs", "Lehrstellenbörse", "Lehrstellen veröffentlichen", "openid profile business", 3
    ),
)


def register(core: Core, first_port: int, file: Path) -> dict[str, str]:
    """Register what is missing, follow the ports, and return the secrets, kept in `file`."""
    kept = _read(file)
    secrets = {app.id: _one(core, app, first_port, kept.get(app.id, "")) for app in APPLICATIONS}
    if secrets != kept:
        _write(file, secrets)
    return secrets


def environment(app: Application, issuer: str, first_port: int, folder: Path) -> dict[str, str]:
    """Return what an application is told, but for its secret: strangers read nothing of ours."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    theirs.pop("DATABASE_URL", None)
    return theirs | {
        "ISSUER": issuer,
        "CLIENT_ID": app.id,
        "PORT": str(first_port + app.offset),
        "DATA_DIR": str(folder / "applications"),
    }


def _one(core: Core, app: Application, first_port: int, secret: str) -> str:
    row = core.db.get(Client, app.id)
    wanted = app.wanted(first_port)
    if row is None:
        return registration.add(core, wanted)[1] or ""
    # Of an earlier demo: on other ports, or of a version that told applications less.
    if row.backchannel_logout_uri != wanted.backchannel_logout_uri:
        with core.writing():
            row.redirect_uris = list(wanted.redirect_uris)
            row.post_logout_redirect_uris = list(wanted.post_logout_redirect_uris)
            row.backchannel_logout_uri = wanted.backchannel_logout_uri
    if fingerprint(secret) != row.secret_hash:
        # The file is gone, or belongs to another database.
        return registration.rotate_secret(core, app.id)
    return secret


def _read(file: Path) -> dict[str, str]:
    kept: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    return kept


def _write(file: Path, secrets: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.part")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as text:
        json.dump(secrets, text, indent=1)
    fresh.replace(file)
