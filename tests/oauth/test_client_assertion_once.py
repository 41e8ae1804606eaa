"""An assertion of a client counts once, and what was spent is remembered no longer than needed."""

from flask import Flask

from idp.core import Core
from idp.oauth import jti
from idp.oauth.models import SeenJti
from idp.worker import retention
from tests.browser import Browser
from tests.client_keys import ClientKey
from tests.conftest import MovableClock
from tests.counting import counting
from tests.oauth.conftest import Member, make_member
from tests.oauth.machines import MACHINE, machine, status
from tests.oauth.races import four
from tests.oauth.refusals import refused
from tests.relying_party import Portal


def test_threat_29_an_assertion_counts_once(robot: Portal) -> None:
    form = MACHINE | robot.assertion()
    assert robot.post(form, auth=False).status_code == 200

    refused(robot.post(form, auth=False), "invalid_client", 401)
    for path in ("/oauth/introspect", "/oauth/revoke"):
        response = robot.post({**form, "token": "x"}, auth=False, path=path)
        refused(response, "invalid_client", 401)


def test_threat_29_a_jti_means_one_client_alone(app: Flask) -> None:
    one, other = machine(app), machine(app)

    assert status(one, jti="same") == status(other, jti="same") == 200
    assert status(one, jti="same") == 401


def test_an_assertion_counts_once_whatever_becomes_of_its_request(
    app: Flask, core: Core, member: Member, browser: Browser
) -> None:
    portal = Portal.register(app, key=ClientKey.make())
    answer, proof = member.sign_in(portal, browser), portal.assertion()

    wrong = {**proof, "grant_type": "authorization_code", "code": "wrong", "redirect_uri": "x"}
    refused(portal.post(wrong, auth=False), "invalid_grant")
    right = {**proof, "code": answer["code"], "code_verifier": "v" * 43}
    right |= {"grant_type": "authorization_code", "redirect_uri": portal.redirect_uri}

    refused(portal.post(right, auth=False), "invalid_client", 401)
    assert portal.post(right | portal.assertion(), auth=False).status_code == 200


def test_threat_20_of_one_assertion_used_at_once_one_wins(both_app: Flask) -> None:
    robot = machine(both_app)
    for _ in range(15):
        form = MACHINE | robot.assertion()

        def work(form: dict[str, str] = form) -> int:
            return robot.post(form, auth=False).status_code

        assert four(work) == [200, 401, 401, 401]


def test_kinds_and_issuers_of_what_is_spent_never_meet(both_core: Core) -> None:
    ends = both_core.clock.now()
    values = [("a", "b", "c"), ("a", "b,c", ""), ("a,b", "c", ""), ("a", "", "b,c"), ("", "a", "b")]
    with both_core.writing():
        first = [jti.spend(both_core, *value, ends) for value in values]
        again = [jti.spend(both_core, *value, ends) for value in values]

    assert first == [True] * 5
    assert again == [False] * 5
    assert jti.seen(both_core, "a", "b", "c")
    assert not jti.seen(both_core, "c", "b", "a")


def test_what_was_spent_is_forgotten_when_it_could_not_come_again(
    both_app: Flask, both_core: Core, clock: MovableClock
) -> None:
    assert status(machine(both_app)) == 200

    clock.advance(seconds=65)
    assert retention.once(both_core).counts["seen_jti"] == 0
    clock.advance(seconds=6)
    assert retention.once(both_core).counts["seen_jti"] == 1
    assert both_core.db.query(SeenJti).count() == 0


def test_it_costs_one_statement_and_one_commit(both_app: Flask, both_core: Core) -> None:
    robot = machine(both_app, grant_types=("client_credentials", "authorization_code"),
                    redirect_uris=("https://portal.example/callback",))  # fmt: skip
    browser = Browser(both_app)
    member = make_member(both_core)
    robot.tokens(member.sign_in(robot, browser))
    answer = robot.answer(browser)

    with counting(both_app) as counted:
        assert robot.post(MACHINE).status_code == 200
    assert counted.figures == (2, 1)
    with counting(both_app) as counted:
        robot.tokens(answer)
    assert counted.figures <= (7, 1)
    assert counted.commits == 2


def test_what_one_kind_has_spent_another_kind_may_spend(core: Core) -> None:
    ends = core.clock.now()
    with core.writing():
        assert jti.spend(core, "assertion", "client", "same", ends)
        assert jti.spend(core, "revoked", "client", "same", ends)

    assert not jti.seen(core, "other", "client", "same")
