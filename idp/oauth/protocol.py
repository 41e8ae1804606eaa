"""Puts the protocol together: one server, its grants, keys and clients."""

from dataclasses import dataclass

from flask import current_app

from idp.core import Core
from idp.oauth import grants
from idp.oauth.keys import Keys
from idp.oauth.pkce import Pkce
from idp.oauth.registry import Registry
from idp.oauth.server import Server
from idp.oauth.tokens import Tokens

NAME = "idp.oauth"


@dataclass(frozen=True)
class Protocol:
    """What the endpoints share."""

    core: Core
    registry: Registry
    keys: Keys
    tokens: Tokens
    server: Server


def build(core: Core) -> Protocol:
    """Return the protocol of an installation; nothing is read from the database yet."""
    registry, keys = Registry(core), Keys(core)
    tokens, server = Tokens(core, keys), Server(core, registry)
    server.register_grant(_with(grants.AuthorizationCode, core, tokens), [Pkce(required=False)])
    server.register_grant(_with(grants.Refresh, core, tokens))
    server.register_grant(_with(grants.ClientCredentials, core, tokens))
    return Protocol(core, registry, keys, tokens, server)


def _with(grant: type, core: Core, tokens: Tokens) -> type:
    """Return the grant class of this installation: Authlib makes the instances itself."""
    return type(grant.__name__, (grant,), {"core": core, "tokens": tokens})


def protocol() -> Protocol:
    """Return the protocol of the running application."""
    found: Protocol = current_app.extensions[NAME]
    return found
