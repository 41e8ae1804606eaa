"""The OpenID Foundation's certification plans for static clients, walked as its suite does.

A file a plan, a test a module, named after it; `suite` sends what the suite sends and does what its
browser is told, `checks` holds what it looks at in every module. What it would only warn of must
not happen here either. Modules for clients that register themselves (`oidcc-idtoken-signature`,
`oidcc-idtoken-unsigned`, `oidcc-request-uri-unsigned-supported-correctly-...`) are no part of it.
"""

import pytest

# Before they are imported: a failing check shows its values.
pytest.register_assert_rewrite("tests.conformance.checks", "tests.conformance.suite")

BASIC = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)
# A module of the Basic plan too; so much is said of refreshing that it has a file of its own.
REFRESH = ("oidcc-refresh-token",)
LOGOUT = (
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-no-state",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
)
BACKCHANNEL = (
    "oidcc-backchannel-logout-discovery-endpoint-verification",
    "oidcc-backchannel-rp-initiated-logout",
)
# File -> the modules that it walks; the Form Post plan is Basic once more, in that mode.
FILES = {
    "test_config": ("oidcc-discovery-endpoint-verification",),
    "test_basic": BASIC,
    "test_refresh": REFRESH,
    "test_form_post": (*BASIC, *REFRESH),
    "test_rp_initiated_logout": LOGOUT,
    "test_backchannel_logout": BACKCHANNEL,
}
MODULES = tuple(dict.fromkeys(name for names in FILES.values() for name in names))


def module_of(test: str) -> str:
    """Return the module that a test is named after: the longest name that it begins with."""
    words = test.removeprefix("test_").replace("_", "-")
    return max((name for name in MODULES if words.startswith(name)), key=len, default="")
