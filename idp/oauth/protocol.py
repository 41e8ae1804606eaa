"""Puts the protocol together: one server, its grants, keys and clients."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from idp.core import Core
from idp.oauth import grants
from idp.oauth.client_keys import ClientKeys
from idp.oauth.keys import Keys
from idp.oauth.pkce import Pkce
from idp.oauth.registry import Registry
from idp.oauth.resources import Resources
from idp.oauth.server import Server
from idp.oauth.tokens import Tokens
from idp.outbound import Outbound

NAME = "idp.oauth"


@dataclass(frozen=True)
class Protocol:
    """What the endpoints share."""

    core: Core
    registry: Registry
    keys: Keys
    tokens: Tokens
    server: Server
    client_keys: ClientKeys
    resources: Resources


def build(core: Core) -> Protocol:
    """Return the protocol of an installation; nothing is read from the database yet."""
    registry, keys = Registry(core), Keys(core)
    tokens, server = Tokens(core, keys), Server(core, registry)
    client_keys = ClientKeys(core.clock, Outbound(core.clock, core.settings.outbound))
    resources = Resources(core)
    shared = {"core": core, "tokens": tokens, "resources": resources}
    server.register_grant(_with(grants.AuthorizationCode, shared), [Pkce(required=False)])
    server.register_grant(_with(grants.Refresh, shared))
    server.register_grant(_with(grants.ClientCredentials, shared))
    return Protocol(core, registry, keys, tokens, server, client_keys, resources)


def _with(grant: type, shared: Mapping[str, object]) -> type:
    """Return the grant class of this installation: Authlib makes the instances itself."""
    return type(grant.__name__, (grant,), dict(shared))


def protocol() -> Protocol:
    """Return the protocol of the running application."""
    found: Protocol = current_app.extensions[NAME]
    return found
