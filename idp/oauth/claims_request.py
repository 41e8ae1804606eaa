"""The `claims` parameter (OIDC Core §5.5): claims asked for by name.

A client gets only those whose scope staff have allowed it; the rest is ignored, as unknown names
are. Beside them the parameter may fix the person (`sub`), the level (`acr`), and ask for a link
to a business in the flow (`business`, essential).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.oauth.claims import SCOPE_CLAIMS
from idp.oauth.parameters import parsed

PLACES = ("userinfo", "id_token")
SCOPE_OF = {name: scope for scope, names in SCOPE_CLAIMS.items() for name in names}


@dataclass(frozen=True)
class ClaimsRequest:
    """A checked `claims` parameter: names by the place they were asked in, and what decides."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()
    sub: str | None = None
    acr: tuple[str, ...] = ()
    business: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Return all names, wherever they were asked."""
        return frozenset((*self.userinfo, *self.id_token))

    def stored(self) -> dict[str, list[str]] | None:
        """Return what the grant keeps."""
        if not self.names:
            return None
        return {"userinfo": list(self.userinfo), "id_token": list(self.id_token)}


def read(text: str | None, allowed: Iterable[str]) -> ClaimsRequest:
    """Return what `text` asks for, of the claims behind the scopes `allowed`.

    Raises InvalidRequestError for what is no claims request.
    """
    if text is None:
        return ClaimsRequest()
    asked = _members(parsed(text, "claims is no JSON object"))
    userinfo, id_token = (_members(asked.get(place)) for place in PLACES)
    for wanted in (*userinfo.values(), *id_token.values()):
        _members(wanted)
    mine = frozenset(allowed)
    return ClaimsRequest(
        userinfo=_known(userinfo, mine),
        # A list of any length is for userinfo alone.
        id_token=_known(id_token, mine - {"businesses"}),
        sub=the_one(_sub(id_token), _sub(userinfo)),
        acr=_acr(_members(id_token.get("acr"))),
        business="business" in mine and any(_essential(part) for part in (userinfo, id_token)),
    )


def _members(value: object) -> Mapping[str, Any]:
    """Return a member of the request: an object, or nothing where null stands."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequestError("claims has a member that is no object")
    return value


def _known(asked: Mapping[str, Any], allowed: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in asked if SCOPE_OF.get(name) in allowed)


def _sub(asked: Mapping[str, Any]) -> str | None:
    value = _members(asked.get("sub")).get("value")
    return value if isinstance(value, str) else None


def the_one(*named: str | None) -> str | None:
    """Return who is meant; raises InvalidRequestError for two people (OIDC Core §5.5.1)."""
    meant = {sub for sub in named if sub is not None}
    if len(meant) > 1:
        raise InvalidRequestError("Two people are named")
    return next(iter(meant), None)


def _acr(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the levels of which one is a must (§5.5.1.1); a voluntary one asks for nothing."""
    if wanted.get("essential") is not True:
        return ()
    values = wanted.get("values", [wanted.get("value")])
    listed = values if isinstance(values, list) else [values]
    return tuple(value for value in listed if isinstance(value, str))


def _essential(asked: Mapping[str, Any]) -> bool:
    return _members(asked.get("business")).get("essential") is True


def names(stored: Mapping[str, Any] | None, place: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return the names that a grant keeps for `place`, of the scopes `allowed` by now."""
    mine = frozenset(allowed)
    return tuple(name for name in (stored or {}).get(place, ()) if SCOPE_OF.get(name) in mine)


def scopes_behind(names: Iterable[str]) -> frozenset[str]:
    """Return the scopes whose claims have these names."""
    return frozenset(SCOPE_OF[name] for name in names if name in SCOPE_OF)
