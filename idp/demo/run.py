"""`idp demo`: prepare, start, tell, watch."""

import http.client
import shutil
import time
from collections.abc import Callable

from idp.app import create_app
from idp.core import Core
from idp.db import migrate
from idp.demo import applications, database, door, processes, seed
from idp.demo.applications import APPLICATIONS
from idp.demo.database import Found
from idp.demo.family import Family
from idp.demo.mailbox import Mailbox
from idp.demo.members import MEMBERS, PASSWORD
from idp.demo.place import ADDRESS, PORTS, Choice, Place, require_free, settle
from idp.web.house import core

Say = Callable[[str], None]
STARTING, WATCHING = 0.03, 0.2


def run(choice: Choice, say: Say, complain: Say) -> int:
    """Run a demo until INT, TERM, or until a part of it ends; returns the exit code."""
    place = settle(choice)
    require_free(place.port)
    app = create_app(place.settings, demo=True)
    door.mount(app, Mailbox(place.folder))
    with app.app_context():
        secrets = prepare(core(), place, fresh=choice.fresh)
        database.leave(core())
    with Family() as family:
        processes.start(family, app, place, secrets)
        return watch(family, place, say, complain)


def prepare(core: Core, place: Place, *, fresh: bool) -> dict[str, str]:
    """Bring the database to this version, fill it if it is empty; returns the secrets."""
    found = database.look(core)
    if fresh:
        database.clear(core)
        found = Found.EMPTY
    database.leave(core)
    migrate.upgrade(core.settings.database.url)
    if found == Found.EMPTY:
        # What an earlier demo left here knows nothing of this database.
        shutil.rmtree(place.folder, ignore_errors=True)
        seed.fill(core)
        _deliver(core, place)
    return applications.register(core, place.port, place.folder / "applications.json")


def watch(family: Family, place: Place, say: Say, complain: Say) -> int:
    """Tell the addresses once everything answers, then wait for the end."""
    waiting = [place.port + offset for offset in range(PORTS)]
    while not family.asked_to_end:
        fallen = family.fallen()
        if fallen:
            complain(f"{fallen.name} has ended ({fallen.code()}), and with it the demo")
            return 1
        time.sleep(STARTING if waiting else WATCHING)
        if waiting:
            waiting = [port for port in waiting if not answers(port, place.settings.host)]
            if not waiting:
                say(told(place))
    return 0


def answers(port: int, provider: str) -> bool:
    """Tell whether the program at a port answers requests."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("HEAD", "/", headers={"Host": provider})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def told(place: Place) -> str:
    """Return what is printed: addresses, and logins as `role  e-mail  password`."""
    addresses = [f"{app.name}: {app.url(place.port)}" for app in APPLICATIONS]
    logins = [f"{member.role}  {member.email}  {PASSWORD}" for member in MEMBERS]
    return "\n".join(
        (
            f"{place.settings.chamber.service}: {place.url}",
            *addresses,
            f"Mails and letters: {place.url}/demo/mailbox",
            "",
            *logins,
            "",
            "Ctrl-C ends all of it.",
        )
    )


def _deliver(core: Core, place: Place) -> None:
    """Bring the first mails and letters before anybody can look."""
    from idp.demo import postman  # noqa: PLC0415 - heavy, see there

    postman.once(core, Mailbox(place.folder))
