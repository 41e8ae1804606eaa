"""A provider of our own on a free port: just enough OpenID Connect, and lies on demand."""

import base64
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from clients.common import server

OAK = {"id": "b_oak", "name": "Tischlerei Eiche GmbH", "number": "0123456", "branch": "001"}
ELM = {"id": "b_elm", "name": "Zimmerei Ulme", "number": "7654321"}
LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"


class StubProvider:
    """Everyone is signed in already; the attributes say what it answers."""

    def __init__(self) -> None:
        self.key: Any = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        self.published: Any = self.key
        self.algorithm = "ES256"
        self.advertised = ["ES256", "RS256", "HS256", "none"]
        self.business: dict[str, str] | None = dict(OAK)
        self.business_now: Callable[[], dict[str, str] | None] = lambda: self.business
        self.userinfo_status = 200
        self.userinfo_sub = "anna"
        self.claims: dict[str, object] = {}
        self.sid = "this-browser"
        self.keys_asked = 0
        self.response: dict[str, str | None] = {}
        self.metadata: dict[str, object] = {}
        self.forge: Callable[[str], object] = lambda token: token
        self.lives = 600
        self.asked: list[dict[str, str]] = []
        self.signed_out: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def routes(self) -> Flask:
        app = Flask(__name__)
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.discovery)
        app.add_url_rule("/oauth/jwks", view_func=self.jwks)
        app.add_url_rule("/oauth/authorize", view_func=self.authorize)
        app.add_url_rule("/oauth/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/oauth/userinfo", view_func=self.userinfo)
        app.add_url_rule("/oauth/logout", view_func=self.logout)
        return app

    def discovery(self) -> Response:
        at = f"{self.issuer}/oauth"
        known: dict[str, object] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
            "end_session_endpoint": f"{at}/logout",
            "id_token_signing_alg_values_supported": self.advertised,
            "authorization_response_iss_parameter_supported": True,
        }
        return jsonify({**known, **self.metadata})

    def jwks(self) -> Response:
        self.keys_asked += 1
        return jsonify({"keys": [self.published.as_dict(private=False)]})

    def authorize(self) -> Any:
        asked = request.args.to_dict()
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer: dict[str, str | None] = {"code": code, "state": asked["state"], "iss": self.issuer}
        sent = {name: value for name, value in {**answer, **self.response}.items() if value}
        return redirect(f"{asked['redirect_uri']}?{urlencode(sent)}")

    def token(self) -> Any:
        asked = self.codes.pop(request.form["code"])
        digest = sha256(request.form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = request.form["redirect_uri"] == asked["redirect_uri"]
        known = request.authorization and request.authorization.password == "s3cret"
        if not (challenge == asked["code_challenge"] and same and known):
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims: dict[str, object] = {"iss": self.issuer, "sub": "anna", "aud": asked["client_id"]}
        claims.update(nonce=asked["nonce"], iat=now, exp=now + 300, sid=self.sid)
        if self.business and "business" in asked["scope"]:
            claims["business"] = self.business
        header = {"alg": self.algorithm, "kid": self.key.kid}
        signed = jwt.encode(header, {**claims, **self.claims}, self.key, [self.algorithm])
        answer = {"access_token": "at-1", "token_type": "Bearer", "expires_in": self.lives}
        return jsonify({**answer, "id_token": self.forge(signed)})

    def userinfo(self) -> Response:
        if request.headers.get("Authorization") != "Bearer at-1" or self.userinfo_status != 200:
            abort(401 if self.userinfo_status == 200 else self.userinfo_status)
        info = {"sub": self.userinfo_sub, "name": "Anna Ahorn", "email": "anna@example.org"}
        now = self.business_now()
        return jsonify({**info, **({"business": now} if now else {})})

    def logout(self) -> Any:
        asked = request.args.to_dict()
        self.signed_out.append(asked)
        back = urlencode({"state": asked["state"]})
        return redirect(f"{asked['post_logout_redirect_uri']}?{back}")

    def logout_token(self, client_id: str, typ: str = "logout+jwt", **changed: object) -> str:
        """Sign that somebody was signed out; None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": client_id,
            "sub": "anna",
            "sid": self.sid,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(8),
            "events": {LOGGED_OUT: {}},
            **changed,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid, "typ": typ}
        return jwt.encode(header, said, self.key, [self.algorithm])

    def rotate(self) -> None:
        self.key = self.published = ECKey.generate_key("P-256", {"kid": "two"}, private=True)

    def use_rsa(self) -> None:
        self.key = self.published = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
        self.algorithm = "RS256"


@contextmanager
def running(stub: StubProvider) -> Iterator[StubProvider]:
    """Serve it until the test ends."""
    provider = server(stub.routes(), 0)
    stub.issuer = f"http://127.0.0.1:{provider.server_port}"
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()
