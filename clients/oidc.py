"""All that an integration with the provider takes: sign in, ask again, sign out.

Authlib does the work: discovery, Authorization Code with PKCE (S256), state, nonce, and the
signature of the ID token. What it leaves to the application is written out here, in `provider`
and in `backchannel`.
"""

import json
import re
import secrets
from collections.abc import Mapping
from hashlib import sha256

from authlib.integrations.base_client.errors import InvalidTokenError
from authlib.integrations.flask_client import FlaskIntegration, OAuthError
from flask import Flask, abort, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import HTTPError, RequestException
from werkzeug.wrappers import Response

from . import refusals
from .backchannel import BackChannel
from .common import Config, Database
from .people import Business, Kept, Person
from .provider import Provider

OWN_PATH = re.compile(r"(/[a-z0-9-]+)+|/")
SIGNED_IN = 8 * 3600
DRAFT = 3600


class SignIn:
    """Signing in and out of one application. Its pages use `person`, `required`, `confirmed`."""

    def __init__(self, app: Flask, config: Config, database: Database, scope: str) -> None:
        self.config, self.kept = config, Kept(database)
        self.provider = Provider(
            FlaskIntegration("provider", self.kept),
            "provider",
            client_id=config.client_id,
            client_secret=config.client_secret,
            server_metadata_url=f"{config.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": scope,
                "code_challenge_method": "S256",
                "default_timeout": 5,
                "leeway": 0,
                "trust_env": False,  # no proxy stands between this machine and itself
            },
        )
        self.provider.expected_issuer = config.issuer
        app.add_url_rule("/login", "login", self.start)
        app.add_url_rule("/callback", "callback", self.finish)
        app.add_url_rule("/logout", "logout", self.end, methods=["GET", "POST"])
        told = BackChannel(config, self.provider, self.kept).receive
        app.add_url_rule("/backchannel-logout", "told", told, methods=["POST"])
        app.before_request(self.signed_out)
        app.register_error_handler(RequestException, refusals.unreachable)
        app.register_error_handler(OAuthError, refusals.refused)
        app.register_error_handler(JoseError, refusals.refused)
        app.context_processor(lambda: {"person": self.person(), "config": config})

    def start(self) -> Response:
        """/login: off to the provider; whoever is signed in there comes back without a password."""
        after = request.args.get("next", "/")
        session["next"] = after if OWN_PATH.fullmatch(after) else "/"
        waiting = [name for name in session if name.startswith("_state_")]
        for name in sorted(waiting, key=lambda name: float(session[name]["exp"]))[:-4]:
            del session[name]  # sign-ins left half-way must not fill the cookie
        response: Response = self.provider.authorize_redirect(f"{self.config.url}/callback")
        return response

    def finish(self) -> Response:
        """/callback: check everything, then remember the person under a new random key."""
        if request.args.get("iss") != self.config.issuer:  # RFC 9207 §2.4, before all else
            raise OAuthError("wrong_issuer")
        token = self.provider.authorize_access_token(claims_options=self.expected(), leeway=60)
        claims = token.get("userinfo")
        if not claims:  # the state of a sign-out, which promised no nonce
            raise OAuthError("no_nonce")
        info = self.userinfo(token, claims["sub"])
        if info is None:
            raise OAuthError("no_userinfo")
        self.forget()
        session.pop("csrf", None)
        session["who"] = secrets.token_urlsafe(32)
        person = Person.read(claims, info, token)
        self.kept.set(self.key(), person.to_json(), SIGNED_IN)
        return redirect(session.pop("next", "/"))

    def expected(self) -> dict[str, dict[str, object]]:
        """Issuer and audience of the ID token; Authlib checks no audience unless it is told."""
        return {
            "iss": {"essential": True, "value": self.config.issuer},
            "aud": {"essential": True, "value": self.config.client_id},
        }

    def userinfo(self, token: Mapping[str, object], sub: str) -> Mapping[str, object] | None:
        """What the provider says now of this person; None when the token counts no more."""
        try:
            info = self.provider.userinfo(token=dict(token))
        except InvalidTokenError:
            return None
        except HTTPError as error:
            if error.response.status_code in (401, 403):
                return None
            raise
        return info if info.get("sub") == sub else None  # Core §5.3.2: never another person's

    def person(self) -> Person | None:
        """Who is signed in here, if anyone."""
        found = self.kept.get(self.key()) if "who" in session else None
        return Person.from_json(found) if found else None

    def required(self, *, fresh: bool = False) -> Person:
        """Who is signed in; everyone else is sent to sign in and comes back to this page."""
        person = self.person()
        if person is None or (fresh and not person.fresh):
            after = request.path if request.method == "GET" else "/"
            abort(redirect(f"/login?next={after}"))
        return person

    def confirmed(self, person: Person) -> Business:
        """Ask the provider once more, before each filing, for whom the person acts.

        A token that counts no more, no Betrieb or another one: nothing is filed, the stay ends.
        """
        info = self.userinfo(person.bearer, person.sub)
        business = Business.read(info or {})
        if business and person.business and business.id == person.business.id:
            return business
        self.forget()
        if info is None:
            raise refusals.ended()
        raise refusals.other_business(business) if business else refusals.unlinked(self.config)

    def end(self) -> ResponseReturnValue:
        """/logout: a button; then the stay here ends, and after it the one at the provider."""
        person = self.person()
        if request.method != "POST":
            return render_template("logout.html")
        self.forget()
        if person is None:
            return redirect("/")
        try:
            response: Response = self.provider.logout_redirect(
                f"{self.config.url}/", person.id_token, client_id=self.config.client_id
            )
        except (RequestException, OAuthError) as error:
            raise refusals.half_signed_out() from error
        return response

    def signed_out(self) -> ResponseReturnValue | None:
        """The way back from the provider's sign-out, with the state that went there."""
        if request.endpoint != "home" or "state" not in request.args:
            return None
        try:
            self.provider.validate_logout_response()
        except OAuthError:
            return redirect("/")
        flash(
            "Sie sind abgemeldet, hier und beim Kammer-Konto. "
            "Die anderen Anwendungen erfahren davon."
        )
        return redirect("/")

    def forget(self) -> None:
        """End the stay here."""
        if "who" in session:
            self.kept.delete(self.key())
            del session["who"]

    def key(self) -> str:
        """Where the person is kept: a reader of the file cannot take over a stay."""
        return "person:" + sha256(session["who"].encode()).hexdigest()

    def keep_draft(self, person: Person, values: Mapping[str, str]) -> None:
        """What was typed outlives an ended sign-in, for the same person only."""
        self.kept.set(f"draft:{person.sub}", json.dumps(dict(values)), DRAFT)

    def draft(self, person: Person) -> dict[str, str]:
        """What this person typed and could not file."""
        kept: dict[str, str] = json.loads(self.kept.get(f"draft:{person.sub}") or "{}")
        return kept

    def drop_draft(self, person: Person) -> None:
        """It is filed now."""
        self.kept.delete(f"draft:{person.sub}")
