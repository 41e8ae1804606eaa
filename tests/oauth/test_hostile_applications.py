"""What applications call, with hostile input: every refusal has the shape of its RFC."""

import base64
from typing import Any

import pytest
from hypothesis import strategies as st

from idp.oauth.cors import METHODS
from tests.oauth.hostile import (
    ENDPOINTS,
    TYPES,
    Attack,
    Pairs,
    authorizations,
    encoded,
    harmless,
    header,
    jwts,
    pairs,
    shaped_as_endpoint,
    shaped_as_resource,
    values,
)
from tests.oauth.wire import Wire
from tests.relying_party import CALLBACK, Portal

AT = st.sampled_from(ENDPOINTS)
DOCUMENTS = (
    "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks",
)  # fmt: skip


def test_endpoints_for_applications_survive_anything(wire: Wire, attack: Attack) -> None:
    @attack(path=AT, chosen=pairs, query=pairs, shown=authorizations)
    def case(path: str, chosen: Pairs, query: Pairs, shown: Any) -> None:
        response = wire.post(f"{path}?{encoded(query)}", chosen, **header(shown))
        shaped_as_endpoint(response)
        assert response.status_code >= 400


def test_endpoints_for_applications_survive_an_application_gone_mad(
    target: Portal, wire: Wire, attack: Attack
) -> None:
    """Authenticated, so that what is asked is looked at."""
    pair = base64.b64encode(f"{target.client.id}:{target.secret}".encode()).decode()
    grants = st.sampled_from(["authorization_code", "refresh_token", "client_credentials"])
    more = st.sampled_from(["token", "code", "refresh_token", "resource", "scope"])

    @attack(path=AT, grant=grants, one=st.tuples(more, values), chosen=pairs)
    def case(path: str, grant: str, one: tuple[str, Any], chosen: Pairs) -> None:
        fixed = [("grant_type", grant), ("redirect_uri", CALLBACK), one]
        names = {name for name, _ in fixed}
        body = [*fixed, *(pair for pair in chosen if pair[0] not in names)]
        shaped_as_endpoint(wire.post(path, body, Authorization=f"Basic {pair}"))


def test_client_assertions_survive_any_json(target: Portal, wire: Wire, attack: Attack) -> None:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    @attack(path=AT, token=jwts | values, named=st.booleans())
    def case(path: str, token: Any, named: bool) -> None:
        body = [("client_assertion_type", kind), ("client_assertion", token), ("token", "x")]
        body += [("client_id", target.client.id)] if named else []
        response = wire.post(path, [*body, ("grant_type", "client_credentials")])
        shaped_as_endpoint(response)
        assert response.status_code >= 400


def test_userinfo_survives_anything(wire: Wire, attack: Attack) -> None:
    @attack(chosen=pairs, query=pairs, shown=authorizations)
    def case(chosen: Pairs, query: Pairs, shown: Any) -> None:
        shaped_as_resource(wire.get("/oauth/userinfo", query, **header(shown)))
        shaped_as_resource(wire.post("/oauth/userinfo", chosen, **header(shown)))


def test_documents_are_the_same_for_everybody(wire: Wire, attack: Attack) -> None:
    plain = {path: wire.get(path, []).data for path in DOCUMENTS}

    @attack(path=st.sampled_from(DOCUMENTS), query=pairs, shown=authorizations, etag=values)
    def case(path: str, query: Pairs, shown: Any, etag: Any) -> None:
        more = {"If-None-Match": header(etag).get("Authorization", "*")}
        response = wire.get(path, query, **header(shown), **more)
        harmless(response)
        assert (response.status_code, response.data) in ((200, plain[path]), (304, b""))


def test_preflights_tell_strangers_nothing(wire: Wire, attack: Attack) -> None:
    asked = ("Access-Control-Request-Method", "Access-Control-Request-Headers")

    @attack(path=st.sampled_from(sorted(METHODS)), told=st.tuples(values, values, values))
    def case(path: str, told: tuple[Any, ...]) -> None:
        shown = [header(value).get("Authorization", "") for value in told]
        named = dict(zip(("Origin", *asked), shown, strict=True))
        response = wire.client.options(path, base_url=wire.issuer, headers=named)
        harmless(response)
        assert response.status_code == 204
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Access-Control-Allow-Credentials" not in response.headers


FILE = b'--x\r\nContent-Disposition: form-data; name="token"; filename="a"\r\n\r\nb\r\n--x--\r\n'


@pytest.mark.parametrize("path", [*ENDPOINTS, "/oauth/userinfo"])
def test_other_content_types_are_refused_in_the_protocols_shape(wire: Wire, path: str) -> None:
    shape = shaped_as_resource if path == "/oauth/userinfo" else shaped_as_endpoint
    plain = b"token=x&grant_type=refresh_token"

    for kind in TYPES:
        for body in (b"", b"{}", b"<a/>", b"--", plain, FILE, b"\xff\xfe"):
            response = wire.post(path, body, kind=kind)
            shape(response)
            assert response.status_code >= 400
