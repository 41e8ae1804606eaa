"""APIs that access tokens may be made for (RFC 8707): what the protocol knows, what staff do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from idp.accounts import audit
from idp.core import Core
from idp.errors import Refused
from idp.oauth import registration
from idp.oauth.models import Resource
from idp.oauth.uris import is_exact, is_name

CACHE = timedelta(seconds=5)


@dataclass(frozen=True)
class ResourceFacts:
    """An API as the protocol reads it; its address is the audience of its tokens."""

    uri: str
    name: str
    business: bool
    client_id: str | None


class Resources:
    """Finds APIs; what was found is believed for `CACHE`, what was not found is not kept."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known: dict[str, tuple[datetime, ResourceFacts]] = {}

    def find(self, uri: str) -> ResourceFacts | None:
        """Return the API whose registered address is byte-equal, or None."""
        now = self._core.clock.now()
        known = self._known.get(uri)
        if known and known[0] > now:
            return known[1]
        self._known.pop(uri, None)
        row = self._core.db.execute(
            select(Resource.uri, Resource.name, Resource.business, Resource.client_id).where(
                Resource.uri == uri
            )
        ).one_or_none()
        if row is None:
            return None
        found = ResourceFacts(*row)
        self._known[uri] = (now + CACHE, found)
        return found


def add(
    core: Core, uri: str, name: str, *, business: bool = False, client_id: str | None = None
) -> Resource:
    """Register an API; `client_id` is the client under which it introspects its tokens.

    Raises Refused with the first mistake.
    """
    _check(core, uri, name)
    with core.writing():
        if core.db.get(Resource, uri) is not None:
            raise Refused("resource_exists", uri=uri)
        if client_id is not None:
            registration.find(core, client_id)
        row = Resource(
            uri=uri, name=name, business=business, client_id=client_id,
            created_at=core.clock.now(),
        )  # fmt: skip
        core.db.add(row)
        audit.note(core, "resource.added", None, actor=audit.OPERATOR, resource=uri)
    return row


def everyone(core: Core) -> list[Resource]:
    """Return all APIs by name."""
    return list(core.db.scalars(select(Resource).order_by(Resource.name, Resource.uri)))


def remove(core: Core, uri: str) -> None:
    """Remove an API; its tokens end by themselves. Raises Refused while a client lists it."""
    with core.writing():
        row = core.db.get(Resource, uri)
        if row is None:
            raise Refused("resource_unknown", uri=uri)
        names = [client.name for client in registration.everyone(core) if uri in client.resources]
        if names:
            raise Refused("resource_in_use", uri=uri, clients=", ".join(names))
        core.db.delete(row)
        audit.note(core, "resource.removed", None, actor=audit.OPERATOR, resource=uri)


def _check(core: Core, uri: str, name: str) -> None:
    if not name.strip():
        raise Refused("resource_name_missing")
    # An absolute URI without a fragment (RFC 8707 §2).
    if not (is_exact(uri) or is_name(uri)):
        raise Refused("resource_uri", uri=uri)
    # Tokens for userinfo name the issuer: an API must not be able to use those it gets there.
    if uri.rstrip("/") == core.settings.issuer.rstrip("/"):
        raise Refused("resource_is_issuer")
