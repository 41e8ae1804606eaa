"""The other end of the line: its network address, and what its browser calls itself."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import pairwise

from flask import request

from idp.web.house import core


def address() -> str:
    """Return the client's address, IPv6 by its /64.

    X-Forwarded-For counts only as far as listed proxies wrote it, read from the right; what they
    pass on and nobody can parse is counted under the proxy itself (fails closed).
    """
    hops = [request.remote_addr or "0.0.0.0"]  # noqa: S104 - a counter's name, nothing is bound
    forwarded = request.headers.get("X-Forwarded-For", "")
    hops += [hop.strip() for hop in reversed(forwarded.split(","))] if forwarded else []
    believed = hops[0]
    for here, beyond in pairwise(hops):
        if not _listed(here) or not _parses(beyond):
            break
        believed = beyond
    parsed = _parsed(believed)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _parses(hop: str) -> bool:
    try:
        ip_address(hop)
    except ValueError:
        return False
    return True


def _parsed(hop: str) -> IPv4Address | IPv6Address:
    """Return the address; one that an IPv6 socket wrapped (`::ffff:192.0.2.1`) is IPv4 again."""
    parsed = ip_address(hop)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _listed(hop: str) -> bool:
    return any(_parsed(hop) in network for network in core().settings.limits.proxies)


def device() -> str:
    """Return the User-Agent, cut, as stored with a session."""
    return request.headers.get("User-Agent", "")[:200]
