"""Telling applications that somebody was signed out (OpenID Connect Back-Channel Logout 1.0).

The outbox holds who and where; the token is signed when it leaves, for it lives two minutes.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from idp.core import Core
from idp.oauth.protocol import protocol
from idp.outbound import Outbound
from idp.web.house import house

FORM = "application/x-www-form-urlencoded"
TAKEN = (200, 204)


class NotTaken(Exception):
    """An application that answered something else than that it has signed the person out."""


def deliver(core: Core, payload: Mapping[str, Any]) -> None:
    """Post one logout token (§2.5); a client that is gone, or has no address for it, needs none.

    Raises NotTaken for another answer than 200 or 204, CallRefused when there is none.
    """
    client = protocol().registry.find(payload["client_id"])
    if client is None or client.backchannel_logout_uri is None:
        return
    token = protocol().tokens.logout(client, payload["sub"], payload["sid"])
    # No transaction stays open while the other side takes its time.
    core.db.commit()
    outbound = Outbound(core.clock, core.settings.outbound, demo=house().demo)
    body = urlencode({"logout_token": token}).encode()
    reply = outbound.post(client.backchannel_logout_uri, body, FORM)
    if reply.status not in TAKEN:
        raise NotTaken(f"{client.id} answered {reply.status}")
