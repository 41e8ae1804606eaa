"""OpenID Connect Back-Channel Logout 1.0: each application of an ended session is told, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from idp.accounts import admin
from idp.core import Core
from idp.oauth import registration
from idp.oauth.models import Client
from idp.oauth.registry import State
from idp.outbound import Outbound
from idp.outbox import Kind, OutboxRow
from idp.web.house import NAME
from idp.worker import logouts
from tests.browser import Browser, Left
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.oauth.conftest import Member, make_member
from tests.relying_party import AFTER, Portal
from tests.told import Told, calling, listening

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Scene:
    """Erika at her desk, and an application that wants to be told."""

    app: Flask
    core: Core
    clock: MovableClock
    told: Told
    portal: Portal
    erika: Member
    desk: Browser

    def another(self, **wanted: Any) -> Portal:
        """Register one more application that is told at the same place."""
        return Portal.register(self.app, **{"backchannel_logout_uri": self.told.url, **wanted})

    def sign_in(
        self, portal: Portal | None = None, browser: Browser | None = None
    ) -> dict[str, Any]:
        """Sign in with the password; returns the tokens."""
        portal = portal or self.portal
        return portal.tokens(self.erika.sign_in(portal, browser or self.desk))

    def sign_out(self) -> None:
        page = self.desk.open("/logout")
        page.send(form=page.form("csrf_token"))

    def deliver(self) -> int:
        """Do what the worker does."""
        return logouts.once(self.core)

    def claims(self, name: str) -> list[Any]:
        """Return a claim of all tokens that arrived."""
        return sorted(self.portal.verified(token).claims[name] for token in self.told.tokens)

    @property
    def rows(self) -> list[OutboxRow]:
        self.core.db.rollback()
        self.core.db.expire_all()
        return self.core.db.query(OutboxRow).filter_by(kind=Kind.LOGOUT).all()


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[Scene]:
    """On both databases; the provider may call this machine."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    app = built(settings_for(tmp_path, url, **calling(tmp_path)), clock)
    with listening(tmp_path) as told, app.app_context():
        core = app.extensions[NAME].core
        portal = Portal.register(app, backchannel_logout_uri=told.url)
        yield Scene(app, core, clock, told, portal, make_member(core), Browser(app))
    dispose(app)


def sid_in(portal: Portal, tokens: dict[str, Any]) -> str:
    return str(portal.verified(tokens["id_token"]).claims["sid"])


def test_oidcc_backchannel_rp_initiated_logout(scene: Scene) -> None:
    """Named after the module: one token, the redirect with state, then login_required."""
    tokens = scene.sign_in()

    with pytest.raises(Left) as left:
        scene.desk.open(
            f"/oauth/logout?id_token_hint={tokens['id_token']}"
            f"&post_logout_redirect_uri={AFTER}&state={'s' * 128}"
        )
    assert [scene.deliver(), scene.deliver()] == [1, 0]

    assert left.value.location == f"{AFTER}?state={'s' * 128}"
    assert scene.portal.answer(scene.desk, prompt="none")["error"] == "login_required"
    (form,) = scene.told.forms
    assert list(form) == ["logout_token"]
    assert scene.told.heads[0]["Content-Type"] == "application/x-www-form-urlencoded"
    assert scene.told.heads[0]["path"] == "/logout?of=portal"


def test_tls_1_3_is_offered(scene: Scene) -> None:
    """The application here speaks nothing older."""
    scene.sign_in()
    scene.sign_out()

    scene.deliver()

    assert scene.told.versions == ["TLSv1.3"]


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_the_logout_token_is_what_section_2_4_wants(scene: Scene, alg: str) -> None:
    portal = scene.another(id_token_alg=alg)
    identity = portal.verified(scene.sign_in(portal)["id_token"], alg).claims
    scene.clock.freeze()

    scene.sign_out()
    scene.deliver()

    token, now = portal.verified(scene.told.tokens[0], alg), int(scene.clock.timestamp())
    assert (token.header["typ"], token.header["alg"]) == ("logout+jwt", alg)
    assert len(token.claims.pop("jti")) >= 16
    assert token.claims == {
        "iss": portal.issuer,
        "aud": portal.client.id,
        "sub": identity["sub"],
        "sid": identity["sid"],
        "iat": now,
        "exp": now + 120,
        "events": {EVENT: {}},
    }


def test_a_token_is_signed_when_it_leaves_and_each_time_anew(scene: Scene) -> None:
    scene.sign_in()
    scene.sign_out()
    scene.told.status = 500
    scene.deliver()
    scene.told.status = 204

    scene.clock.advance(minutes=3)
    assert [scene.deliver(), scene.deliver()] == [1, 0]

    first, second = (scene.portal.verified(token).claims for token in scene.told.tokens)
    assert first["jti"] != second["jti"]
    assert second["exp"] > scene.clock.timestamp()


@pytest.mark.parametrize("status", [201, 202, 301, 400, 404, 500, 503])
def test_another_answer_is_a_failure_and_tried_again(scene: Scene, status: int) -> None:
    scene.sign_in()
    scene.sign_out()
    scene.told.status = status

    scene.deliver()

    (row,) = scene.rows
    assert row.delivered_at is None
    assert row.error == f"{scene.portal.client.id} answered {status}"
    scene.clock.advance(seconds=31)
    assert scene.deliver() == 1
    assert scene.told.calls == 2


def test_one_logout_reaches_every_application_of_the_session_once(scene: Scene) -> None:
    second = scene.another(name="Zweite")
    scene.sign_in()
    for _ in range(3):
        scene.portal.tokens(scene.portal.answer(scene.desk))
        second.tokens(second.answer(scene.desk))

    scene.sign_out()
    assert scene.deliver() == 2

    assert scene.claims("aud") == sorted([scene.portal.client.id, second.client.id])
    assert all(row.payload is None and row.delivered_at for row in scene.rows)


def test_another_browser_of_the_same_person_stays_signed_in(scene: Scene) -> None:
    here = scene.sign_in()
    there = scene.sign_in(browser=Browser(scene.app))

    scene.sign_out()
    scene.deliver()

    assert scene.claims("sid") == [sid_in(scene.portal, here)]
    assert scene.portal.userinfo(there["access_token"]).status_code == 200


def test_offline_access_lives_on_and_its_application_is_told_all_the_same(scene: Scene) -> None:
    portal = scene.another(scopes=("openid", "offline_access"))
    tokens = scene.sign_in(portal)

    scene.sign_out()
    assert scene.deliver() == 1

    assert scene.told.calls == 1
    assert portal.refresh(tokens["refresh_token"]).status_code == 200


def test_an_application_whose_grant_was_revoked_meanwhile_is_told(scene: Scene) -> None:
    answer = scene.erika.sign_in(scene.portal, scene.desk)
    scene.portal.tokens(answer)
    assert scene.portal.redeem(answer).status_code == 400
    assert scene.deliver() == 0

    scene.sign_out()

    assert scene.deliver() == 1
    assert scene.told.calls == 1


def test_ending_the_other_devices_reaches_their_applications(scene: Scene) -> None:
    scene.sign_in()
    there = scene.sign_in(browser=Browser(scene.app))

    page = scene.desk.open("/account/sessions")
    page.send(form=page.form("session"), session="others")
    scene.deliver()

    assert scene.claims("sid") == [sid_in(scene.portal, there)]


def test_a_lock_tells_who_held_offline_access_too(scene: Scene) -> None:
    offline = scene.another(scopes=("openid", "offline_access"))
    tokens = scene.sign_in(offline)
    scene.portal.tokens(scene.portal.answer(scene.desk))

    admin.lock(scene.core, scene.erika.id)
    assert scene.deliver() == 2

    assert scene.claims("aud") == sorted([scene.portal.client.id, offline.client.id])
    assert offline.refresh(tokens["refresh_token"]).status_code == 400


def test_an_application_without_an_address_is_not_called(scene: Scene) -> None:
    scene.sign_in(scene.another(backchannel_logout_uri=None))
    scene.sign_out()

    assert scene.deliver() == 1

    assert scene.told.calls == 0
    assert [bool(row.delivered_at) for row in scene.rows] == [True]


def test_a_disabled_application_is_not_called(scene: Scene) -> None:
    scene.sign_in()
    registration.set_state(scene.core, scene.portal.client.id, State.DISABLED)
    scene.clock.advance(seconds=6)
    scene.sign_out()

    assert scene.deliver() == 1

    assert scene.told.calls == 0


def test_an_application_that_is_gone_is_not_called(scene: Scene) -> None:
    scene.sign_in()
    scene.sign_out()
    with scene.core.writing():
        scene.core.db.query(Client).delete()
    scene.clock.advance(seconds=6)

    assert scene.deliver() == 1

    assert scene.told.calls == 0


def test_threat_30_a_private_address_is_not_called(
    app: Flask, core: Core, member: Member, browser: Browser, tmp_path: Path
) -> None:
    calling(tmp_path)
    with listening(tmp_path) as told:
        member.sign_in(Portal.register(app, backchannel_logout_uri=told.url), browser)
        page = browser.open("/logout")
        page.send(form=page.form("csrf_token"))

        logouts.once(core)

    (row,) = core.db.query(OutboxRow).filter_by(kind=Kind.LOGOUT).all()
    assert row.error == "localhost: address not allowed"
    assert told.calls == 0


def test_threat_39_a_logout_token_is_nothing_else(scene: Scene) -> None:
    scene.sign_in()
    scene.sign_out()
    scene.deliver()
    (token,) = scene.told.tokens

    assert scene.portal.userinfo(token).status_code == 401
    assert scene.portal.refresh(token).status_code == 400
    assert scene.desk.open(f"/oauth/logout?id_token_hint={token}").status == 400


def test_a_logout_and_its_rows_are_one_transaction(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.sign_in()

    def broken(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(type(scene.core.post), "logout", broken)
        page = scene.desk.open("/logout")
        assert page.send(form=page.form("csrf_token")).status == 500

    assert "code" in scene.portal.answer(scene.desk, prompt="none").parameters
    assert scene.rows == []


def test_no_transaction_is_open_while_the_application_takes_its_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, open_then = Outbound.post, list[bool]()

    def watched(self: Outbound, *given: Any) -> Any:
        open_then.append(scene.core.db().in_transaction())
        return post(self, *given)

    monkeypatch.setattr(Outbound, "post", watched)
    scene.sign_in()
    scene.sign_out()
    scene.clock.advance(seconds=6)
    scene.deliver()

    assert open_then == [False]
