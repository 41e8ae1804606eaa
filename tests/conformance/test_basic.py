"""The Basic plan, `oidcc-basic-certification-test-plan`: the code flow of a static client.

None of these clients sends PKCE unless its module is about that.
"""

import base64
import json

from tests.browser import Browser
from tests.conformance import checks
from tests.conformance.checks import Json
from tests.conformance.suite import Module, long_state, word
from tests.relying_party import challenge_of


def test_oidcc_server_signs_in_with_nothing_that_was_not_asked_for(module: Module) -> None:
    flow = module.flow()

    checks.check_at_hash(flow.claims, flow.tokens["access_token"])
    assert set(flow.said) == {"sub"}


def test_oidcc_response_type_missing_is_told_to_the_application(module: Module) -> None:
    error = module.error(module.request(response_type=None))

    assert error in ("unsupported_response_type", "invalid_request")


def test_oidcc_userinfo_get_answers_a_bearer(module: Module) -> None:
    flow = module.flow()

    assert module.userinfo(flow.tokens) == flow.said


def test_oidcc_userinfo_post_header_answers_a_bearer(module: Module) -> None:
    flow = module.flow()
    bearer = {"Authorization": f"Bearer {flow.tokens['access_token']}"}

    answer = module.client().post({}, auth=False, path="/oauth/userinfo", headers=bearer)

    assert module.told(answer) == flow.said


def test_oidcc_userinfo_post_body_answers_the_form_field(module: Module) -> None:
    flow = module.flow()
    token = {"access_token": flow.tokens["access_token"]}

    answer = module.client().post(token, auth=False, path="/oauth/userinfo")

    assert module.told(answer) == flow.said


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(module: Module) -> None:
    assert "nonce" not in module.flow(nonce=None).claims


def test_oidcc_scope_profile_says_all_fourteen(module: Module) -> None:
    assert "profile" in module.discovery["scopes_supported"]

    flow = module.flow(scope="openid profile")

    assert set(flow.said) == {"sub"} | checks.PROFILE


def test_oidcc_scope_email_says_nothing_else(module: Module) -> None:
    said = module.flow(scope="openid email").said

    assert set(said) == {"sub", "email", "email_verified"}


def test_oidcc_scope_address_is_an_object_of_strings(module: Module) -> None:
    said = module.flow(scope="openid address").said

    assert set(said) == {"sub", "address"}
    assert set(said["address"]) == checks.ADDRESS


def test_oidcc_scope_phone_says_whether_it_is_verified(module: Module) -> None:
    said = module.flow(scope="openid phone").said

    assert set(said) == {"sub", "phone_number", "phone_number_verified"}


def test_oidcc_scope_all_says_everything_at_once(module: Module) -> None:
    said = module.flow(scope="openid profile email address phone").said

    further = {"email", "email_verified", "address", "phone_number", "phone_number_verified"}
    assert set(said) == {"sub"} | checks.PROFILE | further


def test_oidcc_alternate_happy_flow_in_any_order(module: Module) -> None:
    asked = module.request(scope="email openid")
    reversed_order = dict(sorted(asked.items(), reverse=True))

    said = module.follow(asked, module.ask(reversed_order)).said

    assert set(said) == {"sub", "email", "email_verified"}


def test_oidcc_display_page_is_taken(module: Module) -> None:
    module.flow(display="page")


def test_oidcc_display_popup_is_taken(module: Module) -> None:
    module.flow(display="popup")


def test_oidcc_prompt_login_asks_for_the_password_again(module: Module) -> None:
    first = module.flow()
    module.provider.clock.advance(seconds=1)

    second = module.flow(prompt="login")

    assert [page.path for page in module.runner.kept] == ["/login", "/login"]
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert second.claims["sub"] == first.claims["sub"]


def test_oidcc_prompt_none_not_logged_in_is_told_without_a_page(module: Module) -> None:
    error = module.error(module.request(prompt="none", state=long_state()))

    assert error in checks.NEEDS_A_PAGE


def test_oidcc_prompt_none_logged_in_asks_nothing(module: Module) -> None:
    first = module.flow()
    module.provider.clock.advance(seconds=1)

    again = module.flow(prompt="none").claims

    assert (again["sub"], again["auth_time"]) == (first.claims["sub"], first.claims["auth_time"])


def test_oidcc_max_age_1_asks_for_the_password_after_two_seconds(module: Module) -> None:
    first = module.flow()
    now = module.provider.clock.advance(seconds=2)

    second = module.flow(max_age="1").claims

    assert [page.path for page in module.runner.kept] == ["/login", "/login"]
    assert second["auth_time"] > first.claims["auth_time"]
    assert abs(second["auth_time"] - now.timestamp()) < 60


def test_oidcc_max_age_10000_is_not_over_yet(module: Module) -> None:
    first = module.flow(max_age="15000")
    module.provider.clock.advance(seconds=1)

    second = module.flow(max_age="10000")

    assert second.claims["auth_time"] == first.claims["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(module: Module) -> None:
    module.flow(extra="foobar")


def test_oidcc_id_token_hint_of_the_person_signed_in_asks_nothing(module: Module) -> None:
    first = module.flow()
    hint = first.tokens["id_token"]

    again = module.flow(prompt="none", id_token_hint=hint).claims

    assert (again["sub"], again["auth_time"]) == (first.claims["sub"], first.claims["auth_time"])


def test_oidcc_login_hint_is_taken(module: Module) -> None:
    document = module.provider.documents[module.alias]

    module.flow(login_hint=document["server"]["login_hint"])
    module.runner.browser = Browser(module.provider.app)
    module.flow(login_hint="buffy@op.test")


def test_oidcc_ui_locales_that_nobody_speaks_is_no_error(module: Module) -> None:
    module.flow(ui_locales="se")


def test_oidcc_claims_locales_that_nobody_speaks_is_no_error(module: Module) -> None:
    module.flow(claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(module: Module) -> None:
    values = module.discovery["acr_values_supported"]

    assert module.flow(acr_values=" ".join(values)).claims["acr"] in values


def test_oidcc_codereuse_is_refused_at_once(module: Module) -> None:
    asked = module.request()
    answer = module.ask(asked)
    module.follow(asked, answer)

    again = module.client().redeem(answer, code_verifier=None)

    assert checks.check_token_error(again) == "invalid_grant"


def test_oidcc_codereuse_30seconds_later_ends_the_tokens_too(module: Module) -> None:
    asked = module.request()
    answer = module.ask(asked)
    tokens = module.follow(asked, answer).tokens
    module.provider.clock.advance(seconds=30)

    again = module.client().redeem(answer, code_verifier=None)

    assert checks.check_token_error(again) == "invalid_grant"
    assert module.client().userinfo(tokens["access_token"]).status_code == 401


def test_oidcc_ensure_registered_redirect_uri_or_stay_with_the_provider(module: Module) -> None:
    uri = f"{module.client().redirect_uri}/{word(10)}"
    asked = module.request(redirect_uri=uri)

    end = module.runner.play(module.authorization(asked))

    assert end.startswith("https://op.test:9443/oauth/authorize")
    (page,) = module.runner.kept
    assert (page.status, page.error_code) == (400, "redirect_uri_unregistered")


def test_oidcc_ensure_post_request_succeeds_without_any_cookie(module: Module) -> None:
    asked = module.request()

    module.follow(asked, module.ask(asked, post=True))


def test_oidcc_server_client_secret_post_signs_in(module: Module) -> None:
    module.flow("client_secret_post")


def unsigned(claims: Json) -> str:
    """Return a request object without signature."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
             for part in ({"alg": "none"}, claims))  # fmt: skip
    return ".".join((*parts, ""))


def held(module: Module, asked: dict[str, str], **outside: str) -> dict[str, str]:
    """Return a request with all of `asked` in its object, and outside no more than must be."""
    names = ("client_id", "redirect_uri", "scope", "response_type", "response_mode")
    must = {name: asked[name] for name in names if name in asked}
    return {**must, **outside, "request": unsigned(asked)}


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    module: Module,
) -> None:
    assert module.discovery["request_parameter_supported"] is True
    asked = module.request()

    module.follow(asked, module.ask(held(module, asked)))


def test_oidcc_claims_essential_come_in_userinfo_alone(module: Module) -> None:
    wanted = json.dumps({"userinfo": {"name": {"essential": True}}})

    assert set(module.flow(claims=wanted).said) == {"sub", "name"}


def test_oidcc_ensure_request_object_with_redirect_uri_counts(module: Module) -> None:
    asked = module.request()
    wrong = f"{asked['redirect_uri']}_invalid"

    module.follow(asked, module.ask(held(module, asked, redirect_uri=wrong)))


def test_oidcc_ensure_request_with_valid_pkce_succeeds(module: Module) -> None:
    verifier = word(64)
    asked = module.request(code_challenge=challenge_of(verifier), code_challenge_method="S256")

    module.follow(asked, module.ask(asked), code_verifier=verifier)
