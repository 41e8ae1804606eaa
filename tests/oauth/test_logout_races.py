"""An end and an issue at the same moment: neither passes the other by (threat 47)."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import admin, sessions
from idp.accounts.grants import Grant
from idp.accounts.models import UserSession
from idp.core import Core
from idp.errors import NotAllowed
from idp.outbox import Kind, OutboxRow
from idp.web.house import NAME
from tests.browser import Browser
from tests.oauth.conftest import Member, make_member
from tests.oauth.races import together
from tests.relying_party import Portal

ROUNDS = 8


def told(core: Core) -> list[tuple[str, str]]:
    """Return client and `sid` of every logout that was written."""
    rows = core.db.scalars(select(OutboxRow).where(OutboxRow.kind == Kind.LOGOUT)).all()
    opened = [json.loads(core.vault.open(f"outbox:{row.id}", str(row.payload))) for row in rows]
    return [(each["client_id"], each["sid"]) for each in opened]


def by_the_end_of_the_session(core: Core, member: Member) -> None:
    sessions.end_all(core, member.id)


def by_a_lock(core: Core, member: Member) -> None:
    admin.lock(core, member.id)
    admin.unlock(core, member.id)


@pytest.mark.parametrize("end", [by_the_end_of_the_session, by_a_lock])
def test_a_code_issued_while_the_session_ends_is_dead_and_its_application_told(
    both_app: Flask, both_core: Core, end: Callable[[Core, Member], None]
) -> None:
    portals = [Portal.register(both_app, name=f"Portal {n}") for n in range(3)]
    member = make_member(both_core)

    for turn in range(ROUNDS):
        browser = Browser(both_app)
        member.sign_in(portals[0], browser)
        cookie = browser.client.get_cookie("idp_session", domain="127.0.0.1")
        assert cookie

        def asks(portal: Portal, value: str = cookie.value) -> None:
            other = both_app.test_client()
            other.set_cookie("idp_session", value, domain="127.0.0.1")
            other.get(portal.authorization(), base_url=portal.issuer)

        def ends() -> None:
            with both_app.app_context():
                end(both_app.extensions[NAME].core, member)

        together([*(lambda p=portal: asks(p) for portal in portals), ends])  # type: ignore[misc]

        both_core.db.rollback()
        both_core.db.expire_all()
        assert both_core.db.query(UserSession).filter_by(ended_at=None).count() == 0
        grants = both_core.db.scalars(select(Grant)).all()
        assert all(grant.revoked_at for grant in grants), turn
        written = told(both_core)
        assert {(grant.client_id, grant.sid) for grant in grants} == set(written), turn
        assert len(written) == len(set(written)), turn


def test_one_of_two_ends_at_once_tells(both_app: Flask, both_core: Core) -> None:
    portal = Portal.register(both_app)
    member = make_member(both_core)

    for turn in range(ROUNDS):
        member.sign_in(portal, Browser(both_app))
        both_core.db.rollback()
        session_id = both_core.db.scalars(
            select(UserSession.id).where(UserSession.ended_at.is_(None))
        ).one()
        both_core.db.rollback()
        ended: list[bool] = []

        def ends(session_id: str = session_id, ended: list[bool] = ended) -> None:
            with both_app.app_context():
                try:
                    sessions.end(both_app.extensions[NAME].core, member.id, session_id)
                except NotAllowed:
                    ended.append(False)
                else:
                    ended.append(True)

        together([ends, ends, ends])

        both_core.db.rollback()
        assert sorted(ended) == [False, False, True]
        assert len(told(both_core)) == turn + 1
