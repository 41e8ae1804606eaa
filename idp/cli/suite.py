"""What the conformance suite is told of this installation: one JSON document for an alias.

Nobody sits at the suite's browser. It is told which page comes at which address, what to type and
click there, and which page to keep for the person who reviews the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.support import Translations

from idp.cli.told import CATALOGUES

Json = dict[str, Any]

SECONDS = 10
# Keep the page that is shown; a few modules show the first one without asking for it.
KEEP, KEEP_IF_ASKED = "update-image-placeholder", "update-image-placeholder-optional"
# Modules whose second sign-in must show the login page.
AGAIN = ("oidcc-prompt-login", "oidcc-max-age-1")
# Modules that must end at a page of ours, not at the application.
REFUSED = ("oidcc-ensure-registered-redirect-uri",)
LOGOUT_REFUSED = tuple(
    f"oidcc-rp-initiated-logout-{name}"
    for name in (
        "bad-post-logout-redirect-uri",
        "query-added-to-post-logout-redirect-uri",
        "modified-id-token-hint",
        "bad-id-token-hint",
        "no-id-token-hint",
    )
)
LOGGED_OUT = tuple(
    f"oidcc-rp-initiated-logout-{name}"
    for name in ("no-params", "no-post-logout-redirect-uri", "only-state")
)
STATIC = "[server_metadata=discovery][client_registration=static_client]"
LOGOUT = "[response_type=code][client_registration=static_client]"
PLANS = (
    "oidcc-config-certification-test-plan",
    f"oidcc-basic-certification-test-plan{STATIC}",
    f"oidcc-formpost-basic-certification-test-plan{STATIC}",
    f"oidcc-rp-initiated-logout-certification-test-plan{LOGOUT}",
)
# Its clients are told of every logout, which no other plan expects: an alias of its own.
BACKCHANNEL_PLANS = (f"oidcc-backchannel-rp-initiated-logout-certification-test-plan{LOGOUT}",)


@dataclass(frozen=True)
class Scene:
    """Where the provider is, and as whom the suite's browser signs in."""

    issuer: str
    username: str
    password: str

    def configuration(self, alias: str, clients: Mapping[str, Json]) -> Json:
        """Return the suite's configuration; `clients` by the names that it has for them."""
        return {
            "alias": alias,
            "description": f"{self.issuer}, static clients",
            "server": {
                "discoveryUrl": f"{self.issuer}/.well-known/openid-configuration",
                "login_hint": self.username,
            },
            **clients,
            "browser": [self._sign_in(), self._sign_out()],
            "override": {name: {"browser": tasks} for name, tasks in self._overrides().items()},
        }

    def _overrides(self) -> dict[str, list[Json]]:
        refused = self._at("oauth/authorize", self._shown("#error-code", "."))
        # Refused at once, or asked first: the suite takes both.
        stopped = self._at("oauth/logout", self._shown("#error-code, #confirm", "."))
        left = self._at("oauth/logout", self._confirm(), self._shown("main h1", _logged_out()))
        return {
            **{name: [self._sign_in(KEEP_IF_ASKED)] for name in AGAIN},
            **{name: [refused] for name in REFUSED},
            **{name: [self._sign_in(), stopped] for name in LOGOUT_REFUSED},
            **{name: [self._sign_in(), left] for name in LOGGED_OUT},
        }

    def _sign_in(self, keep: str | None = None) -> Json:
        seen = [["wait", "id", "login-form", SECONDS, ".", keep]] if keep else []
        typed = [["text", "name", "username", self.username],
                 ["text", "name", "password", self.password],
                 ["click", "id", "send"]]  # fmt: skip
        allowed = [["click", "id", "allow"]]
        back = [["wait", "id", "submission_complete", SECONDS]]
        return self._at(
            "oauth/authorize",
            _task("Login", f"{self.issuer}/login*", *seen, *typed, optional=True),
            _task("Consent", f"{self.issuer}/consent*", *allowed, optional=True),
            _task("Back at the suite", "*/test/*/callback*", *back),
        )

    def _sign_out(self) -> Json:
        back = ["wait", "contains", "/post_logout_redirect", SECONDS]
        return self._at("oauth/logout", self._confirm(), _task("Back at the suite", "*", back))

    def _confirm(self) -> Json:
        click = ["click", "id", "confirm", "optional"]
        return _task("Confirm", f"{self.issuer}/*", click, optional=True)

    def _shown(self, element: str, words: str) -> Json:
        wait = ["wait", "css", element, SECONDS, words, KEEP]
        return _task("Page to review", f"{self.issuer}/*", wait)

    def _at(self, path: str, *tasks: Json) -> Json:
        return {"match": f"{self.issuer}/{path}*", "tasks": list(tasks)}


def _task(name: str, match: str, *commands: list[Any], optional: bool = False) -> Json:
    return {"task": name, "match": match, "optional": optional, "commands": list(commands)}


def _logged_out() -> str:
    """Return the heading of the page behind a logout, in either language."""
    both = (Translations.load(str(CATALOGUES), [locale]) for locale in ("de", "en"))
    return "|".join(texts.gettext("logged_out.title") for texts in both)
