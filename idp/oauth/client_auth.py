"""Client authentication: strictly the registered method, one at a time (RFC 6749 §2.3).

Authlib accepts two methods in one request, parameters from the URL, and fails on a Basic header
that is not UTF-8. Authenticating comes before the transaction of what it is for, because the keys
of a client may have to be fetched; in that transaction its assertion is spent.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp.core import Core
from idp.oauth import client_assertion, jti
from idp.oauth.client_assertion import Once
from idp.oauth.client_keys import ClientKeys
from idp.oauth.registry import Registered, Registry


@dataclass(frozen=True)
class Presented:
    """What a request shows of its client: a secret, an assertion, or nothing but its id."""

    method: str
    client_id: str
    proof: str


@dataclass(frozen=True)
class Proven:
    """A client that is who it says, how it proved that, and what it may not use again."""

    client: Registered
    method: str
    once: Once | None = None


@dataclass(frozen=True)
class Authentication:
    """Finds out who asks."""

    core: Core
    registry: Registry
    keys: ClientKeys

    def proven(self, header: str | None, form: Mapping[str, str]) -> Proven:
        """Return the client of a request, read outside of any transaction.

        Raises InvalidClientError or InvalidRequestError.
        """
        shown = presented(header, form)
        for client in self._candidates(shown.client_id):
            found = self._tried(client, shown)
            if found:
                return found
        raise unknown()

    def _candidates(self, client_id: str) -> Iterator[Registered]:
        """Yield the client as cached, then as stored: a new secret or key must not fail."""
        cached = self.registry.find(client_id)
        if cached is None:
            return
        yield cached
        fresh = self.registry.find(client_id, fresh=True)
        if fresh and fresh != cached:
            yield fresh

    def _tried(self, client: Registered, shown: Presented) -> Proven | None:
        if client.auth_method != shown.method:
            return None
        if shown.method == "private_key_jwt":
            # Ends the reading: nobody's call may hold a connection of ours.
            self.core.db.commit()
            once = client_assertion.checked(self.core, self.keys, client, shown.proof)
            return Proven(client, shown.method, once) if once else None
        sound = client.public or client.check_client_secret(shown.proof)
        return Proven(client, shown.method) if sound else None

    def spend(self, proven: Proven) -> None:
        """Use an assertion up, in a transaction of its own; raises InvalidClientError."""
        once = proven.once
        if once is None:
            return
        with self.core.writing():
            fresh = jti.spend(self.core, "assertion", proven.client.id, once.jti, once.ends)
        if not fresh:
            raise unknown()


def presented(header: str | None, form: Mapping[str, str]) -> Presented:
    """Return the one method a request uses (RFC 6749 §2.3).

    Raises InvalidRequestError for two, InvalidClientError for none that can be read.
    """
    assertion = "client_assertion" in form or "client_assertion_type" in form
    if (header is not None) + ("client_secret" in form) + assertion > 1:
        raise InvalidRequestError("Use one way of client authentication")
    if header is not None:
        shown = basic(header)
    else:
        shown = _by_assertion(form) if assertion else _by_form(form)
    if form.get("client_id", shown.client_id) != shown.client_id:
        raise InvalidRequestError("client_id does not match the authenticated client")
    return shown


def _by_form(form: Mapping[str, str]) -> Presented:
    if "client_id" not in form:
        raise unknown()
    secret = form.get("client_secret")
    return Presented("client_secret_post" if secret else "none", form["client_id"], secret or "")


def _by_assertion(form: Mapping[str, str]) -> Presented:
    """RFC 7521 §4.2: the type names the kind of assertion, which names the client."""
    token = form.get("client_assertion", "")
    client_id = client_assertion.client_of(token)
    if form.get("client_assertion_type") != client_assertion.TYPE or client_id is None:
        raise unknown()
    return Presented("private_key_jwt", client_id, token)


def basic(header: str) -> Presented:
    """Read `Authorization: Basic`; id and secret are form-encoded in it (RFC 6749 §2.3.1).

    Raises InvalidClientError.
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        raise unknown()
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise unknown() from error
    client_id, colon, secret = pair.partition(":")
    if not colon or not unquote_plus(client_id).isprintable():
        raise unknown()
    return Presented("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))


def unknown() -> InvalidClientError:
    """Return one answer for every failure."""
    return InvalidClientError("Client authentication failed", status_code=401)
