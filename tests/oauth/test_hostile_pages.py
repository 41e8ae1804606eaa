"""Pages with hostile input, from strangers and from members: never a 500, never led astray."""

from typing import Any

from flask import Flask
from hypothesis import strategies as st

from tests.browser import Browser, Page
from tests.oauth.conftest import Member, make_member
from tests.oauth.hostile import (
    NAMES,
    TYPES,
    VERBS,
    Attack,
    Pairs,
    encoded,
    harmless,
    pairs,
    real,
    shaped_as_authorization,
    shaped_as_page,
    values,
)
from tests.oauth.wire import Wire
from tests.people import core_of
from tests.relying_party import Portal

PAGES = (
    "/oauth/logout", "/logout", "/login", "/consent", "/business/choose", "/register", "/business",
    "/login/account", "/account/apps", "/terms", "/password/renew", "/business/link",
)  # fmt: skip
# Pages of the journey that a person sees who has signed in; leaving is no part of it.
WITHIN = ("/consent", "/business/choose", "/login/account", "/account/apps", "/business/link")
PROMPTS = ("", "none", "login", "consent", "select_account", "create", "login consent")


def test_pages_survive_anything(wire: Wire, attack: Attack) -> None:
    @attack(path=st.sampled_from(PAGES), chosen=pairs)
    def case(path: str, chosen: Pairs) -> None:
        shaped_as_page(wire.get(path, chosen))
        shaped_as_page(wire.post(path, chosen))


def test_every_route_survives_any_method_and_any_body(
    both_app: Flask, wire: Wire, attack: Attack
) -> None:
    rules = {str(rule) for rule in both_app.url_map.iter_rules()}
    routes = sorted({rule.replace("<token>", "x%00").replace("<name>", "y") for rule in rules})
    routes = [route for route in routes if "<" not in route] + ["/static/..%2f", "/\\evil.example"]

    bodies = st.binary(max_size=99) | pairs.map(encoded)

    @attack(verb=st.sampled_from(VERBS), path=st.sampled_from(routes),
            kind=st.sampled_from(TYPES), body=bodies)  # fmt: skip
    def case(path: str, verb: str, kind: str, body: Any) -> None:
        response = wire.client.open(
            path, method=verb, data=body, content_type=kind, base_url=wire.issuer
        )
        harmless(response)


class Within:
    """Somebody who has signed in and whose request waits at a page."""

    def __init__(self, app: Flask, portal: Portal) -> None:
        with app.app_context():
            self.member: Member = make_member(core_of(app))
        self.browser = Browser(app)
        self.page: Page = self.member.enter(portal, self.browser)
        self.wire = Wire(self.browser.client, portal.issuer)
        fields = self.page.form("account").fields
        self.proven = [("csrf_token", fields["csrf_token"]), ("account", fields["account"])]
        self.waiting = self.page.url.partition("?")[2]


def test_pages_survive_a_member_gone_mad(both_app: Flask, target: Portal, attack: Attack) -> None:
    """Signed in, with a request that waits and a form that is ours: nothing stops it early."""
    within = Within(both_app, target)
    assert within.page.path == "/consent"

    @attack(path=st.sampled_from(WITHIN), chosen=pairs, waits=st.booleans())
    def case(path: str, chosen: Pairs, waits: bool) -> None:
        address = f"{path}?{within.waiting}" if waits else path
        names = {"csrf_token", "account", "r"}
        body = [*within.proven, *(pair for pair in chosen if pair[0] not in names)]
        shaped_as_page(within.wire.post(address, body))
        shaped_as_page(within.wire.get(path, chosen))


def test_an_authorization_request_survives_a_member_gone_mad(
    both_app: Flask, target: Portal, attack: Attack
) -> None:
    """Signed in, so that every step is asked."""
    within = Within(both_app, target)

    @attack(name=st.sampled_from(NAMES), value=values, prompt=st.sampled_from(PROMPTS))
    def case(name: str, value: Any, prompt: str) -> None:
        query = [*(pair for pair in real(target) if pair[0] != name), (name, value)]
        query += [("prompt", prompt)] if prompt and name != "prompt" else []
        shaped_as_authorization(within.wire.get("/oauth/authorize", query), target.issuer)


def test_threat_44_no_redirect_repeats_a_post(both_app: Flask, target: Portal) -> None:
    """303 turns it into a GET; 307 and 308 would carry a password on."""
    within = Within(both_app, target)
    address = f"/consent?{within.waiting}"

    statuses = [
        within.wire.post("/oauth/authorize", real(target)).status_code,
        within.wire.post(address, [*within.proven, ("answer", "allow")]).status_code,
        within.wire.post("/oauth/logout", [("client_id", target.client.id)]).status_code,
        within.wire.post("/logout", within.proven).status_code,
    ]

    assert statuses == [303, 303, 200, 200]
