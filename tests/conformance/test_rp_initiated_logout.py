"""The RP-Initiated Logout plan: where it may lead, and when it must stay here.

All requests by GET, in the browser that has signed in; the confirmation is clicked where it comes.
"""

import base64
import json
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.browser import Left
from tests.conformance import checks
from tests.conformance.suite import ISSUER, Flow, Module, long_state, word
from tests.relying_party import answered

# As the suite draws them: letters, digits, and whatever has a meaning somewhere.
ODD = "%)#)!!~#~**</~~&=?_$}*,~],$,~~'\"`|{@.-+ "


def after(module: Module) -> str:
    return module.client().client.post_logout_redirect_uris[0]


def leave(module: Module, **parameters: str) -> str:
    """Send the browser to the end session endpoint; returns where that ends."""
    path = module.path(module.discovery["end_session_endpoint"])
    return module.runner.play(f"{path}?{urlencode(parameters)}")


def check_signed_out(module: Module) -> None:
    error = module.error(module.request(prompt="none", state=long_state()))
    assert error in checks.NEEDS_A_PAGE


def check_stayed(module: Module, end: str) -> None:
    """It ends at a page of ours for people, kept for review, that leads to the suite nowhere."""
    (page,) = module.runner.kept
    assert end.startswith(ISSUER + "/")
    assert {"error-code", "confirm"} & set(page.ids)
    assert "post_logout_redirect" not in " ".join(page.links)


@pytest.fixture
def flow(module: Module) -> Flow:
    """Somebody who has signed in."""
    return module.flow(state=long_state())


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(module: Module) -> None:
    endpoints = [value for name, value in module.discovery.items() if name.endswith("_endpoint")]

    assert module.discovery["end_session_endpoint"] in endpoints
    assert all(address.startswith("https://") for address in endpoints)


def test_oidcc_rp_initiated_logout_leads_back_with_the_state(module: Module, flow: Flow) -> None:
    hint, state = flow.tokens["id_token"], word(90, ODD)

    end = leave(module, id_token_hint=hint, post_logout_redirect_uri=after(module), state=state)

    assert end.partition("?")[0] == after(module)
    assert answered(Left(end)).parameters == {"state": state}
    check_signed_out(module)


def test_oidcc_rp_initiated_logout_no_state_adds_none(module: Module, flow: Flow) -> None:
    hint = flow.tokens["id_token"]

    assert leave(module, id_token_hint=hint, post_logout_redirect_uri=after(module)) == after(
        module
    )
    check_signed_out(module)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri_leads_nowhere(
    module: Module, flow: Flow
) -> None:
    bad = after(module).replace("post_logout_redirect", f"bad_{word(10)}")

    end = leave(
        module, id_token_hint=flow.tokens["id_token"], post_logout_redirect_uri=bad, state=word(90)
    )

    check_stayed(module, end)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri_leads_nowhere(
    module: Module, flow: Flow
) -> None:
    added = f"{after(module)}?foo=bar"

    end = leave(
        module,
        id_token_hint=flow.tokens["id_token"],
        post_logout_redirect_uri=added,
        state=word(90),
    )

    check_stayed(module, end)


def test_oidcc_rp_initiated_logout_modified_id_token_hint_leads_nowhere(
    module: Module, flow: Flow
) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode()
    modified = f"{header}.{flow.tokens['id_token'].split('.')[1]}."

    end = leave(
        module, id_token_hint=modified, post_logout_redirect_uri=after(module), state=word(90)
    )

    check_stayed(module, end)


def test_oidcc_rp_initiated_logout_bad_id_token_hint_leads_nowhere(
    module: Module, flow: Flow
) -> None:
    portal, now = module.client(), int(module.provider.clock.timestamp())
    claims = {
        "iss": portal.client.id, "sub": "SubjectID", "aud": ISSUER,
        "nonce": "flibble", "iat": now, "exp": now + 300,
    }  # fmt: skip
    forged = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(str(portal.secret)))

    end = leave(
        module, id_token_hint=forged, post_logout_redirect_uri=after(module), state=word(90)
    )

    check_stayed(module, end)


def test_oidcc_rp_initiated_logout_no_id_token_hint_leads_nowhere(
    module: Module, flow: Flow
) -> None:
    end = leave(module, post_logout_redirect_uri=after(module), state=word(90))

    check_stayed(module, end)


def check_told(module: Module) -> None:
    """After the question, if there is one, a page says that the person is signed out."""
    (page,) = module.runner.kept
    assert (page.status, page.error_code) == (200, None)
    check_signed_out(module)


def test_oidcc_rp_initiated_logout_no_params_says_that_it_is_done(
    module: Module, flow: Flow
) -> None:
    assert leave(module).startswith(ISSUER)
    check_told(module)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri_says_that_it_is_done(
    module: Module, flow: Flow
) -> None:
    end = leave(module, id_token_hint=flow.tokens["id_token"], state=word(90))

    assert end.startswith(ISSUER)
    check_told(module)


def test_oidcc_rp_initiated_logout_only_state_says_that_it_is_done(
    module: Module, flow: Flow
) -> None:
    assert leave(module, state=word(90)).startswith(ISSUER)
    check_told(module)
