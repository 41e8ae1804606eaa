"""Leaked passwords that a service outside knows, if the settings name one (k-anonymity).

It is told five signs of a SHA-1 and answers with the rest of all that begin so: neither password
nor hash leaves the house. When it is away the password is taken, for the lists in the house have
been asked before, and the log says so.
"""

import hashlib
import logging

from idp.core import Core
from idp.outbound import CallRefused, Outbound

log = logging.getLogger("idp.leaks")

TOLD = 5


def known(core: Core, password: str) -> bool:
    """Ask the service, if there is one; takes a few seconds at most, so before any transaction."""
    service = core.settings.password.leak_service
    if not service:
        return False
    raw = password.encode(errors="replace")
    digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest().upper()
    return digest[TOLD:] in _endings(core, f"{service}{digest[:TOLD]}")


def _endings(core: Core, url: str) -> frozenset[str]:
    """Return the endings that the service knows; those with a count of 0 only pad the answer."""
    try:
        reply = Outbound(core.clock, core.settings.outbound).get(url)
    except (CallRefused, OSError) as error:
        log.warning("password.leak_service is away", extra={"error": str(error)})
        return frozenset()
    if reply.status != 200:
        log.warning("password.leak_service is away", extra={"error": f"status {reply.status}"})
        return frozenset()
    lines = (line.partition(":") for line in reply.body.decode("ascii", "replace").split())
    return frozenset(ending.upper() for ending, _, count in lines if count.strip("0"))
