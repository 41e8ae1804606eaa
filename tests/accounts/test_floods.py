"""Mails that strangers can cause: no flood, and no lock-out of the owner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts import floods, reset
from idp.accounts.models import AccountName
from idp.core import Core
from idp.errors import Throttled
from idp.outbox import OutboxRow
from idp.web.house import NAME
from tests import people
from tests.accounts import mailed
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.conftest import make_member


@pytest.fixture
def limited(tmp_path: Path, clock: MovableClock) -> Iterator[Core]:
    app = built(settings_for(tmp_path, limits={"per_ip": "on", "mails": 5}), clock)
    with app.app_context():
        yield app.extensions[NAME].core
    dispose(app)


def test_one_origin_is_told_to_wait_and_another_is_not(limited: Core) -> None:
    for _ in range(5):
        assert floods.allowed(limited, "reset", "erika@example.test", "192.0.2.1")

    with pytest.raises(Throttled):
        floods.allowed(limited, "reset", "erika@example.test", "192.0.2.1")
    assert floods.allowed(limited, "reset", "erika@example.test", "192.0.2.2")


def test_registrations_of_a_stranger_leave_the_reset_alone(limited: Core) -> None:
    for origin in range(10):
        for _ in range(5):
            floods.allowed(limited, "register", "erika@example.test", f"192.0.2.{origin}")

    assert floods.allowed(limited, "reset", "erika@example.test", "198.51.100.1")


def test_many_origins_cause_no_more_than_twenty_mails_and_nobody_is_told(limited: Core) -> None:
    answers = [
        floods.allowed(limited, "reset", "erika@example.test", f"192.0.2.{n}") for n in range(30)
    ]

    assert answers == [True] * 20 + [False] * 10


def test_the_last_link_still_works_when_nothing_more_is_sent(limited: Core) -> None:
    make_member(limited)
    for n in range(30):
        reset.ask(limited, "erika@example.test", f"192.0.2.{n}")

    with limited.writing():
        mails = [due for due in limited.post.lease(50) if due.kind == "mail"]
    token = mails[-1].payload["facts"]["link"].rpartition("/")[2]
    assert len(mails) == 20
    assert reset.choose(limited, token, "Sonnenblumenkern am Fenster", "")


def test_one_origin_cannot_flood_many_addresses(limited: Core) -> None:
    for n in range(60):
        floods.allowed(limited, "register", f"flood+{n}@example.test", "192.0.2.1")

    with pytest.raises(Throttled):
        floods.allowed(limited, "register", "one-more@example.test", "192.0.2.1")


def test_all_spellings_of_one_person_count_together(limited: Core) -> None:
    member = make_member(limited, "erika@example.test")
    with limited.writing():
        limited.db.add(AccountName(kind="email", key="e@alt.test", account_id=member.id))
    for name in (
        "erika@example.test",
        "e@alt.test",
        "Erika@example.test",
        "E@ALT.test",
        "e@alt.test",
    ):
        reset.ask(limited, name, "192.0.2.1")

    for name in ("e@alt.test", "erika@example.test"):
        with pytest.raises(Throttled):
            reset.ask(limited, name, "192.0.2.1")
    assert limited.db.query(OutboxRow).count() == 5


def test_who_registered_too_often_can_still_ask_for_a_new_password(limited: Core) -> None:
    for _ in range(5):
        floods.allowed(limited, "register", "erika@example.test", "192.0.2.1")

    assert floods.allowed(limited, "reset", "erika@example.test", "192.0.2.1")


def test_links_that_many_people_renew_stop_nobody_else(tmp_path: Path, clock: MovableClock) -> None:
    app = built(settings_for(tmp_path, limits={"per_ip": "on", "mails": 5}), clock)
    members = [people.member(app, f"m{number}@beispiel.test") for number in range(61)]
    with app.app_context():
        core = people.core_of(app)
        links = [mailed.reset(core, member.id) for member in members]
    clock.advance(hours=2)

    for number, link in enumerate(links):
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        assert "sehen Sie in Ihr Postfach" in browser.open(f"/k/{link}").send(renew="1").text
    dispose(app)
