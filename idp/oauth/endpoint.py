"""What the endpoints share that applications call themselves: token, revocation, introspection.

One error boundary, one way to authenticate, one transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError
from flask import Response, current_app, request

from idp.oauth.client_auth import Authentication
from idp.oauth.parameters import once
from idp.oauth.protocol import protocol
from idp.oauth.registry import Registered
from idp.oauth.server import Request, boundary
from idp.web.client import address


def answered(work: Callable[[Request], Response]) -> Response:
    """Return what `work` makes of the request's body, or the error in the shape of RFC 6749 §5.2.

    Parameters in the address do not count. Raises Throttled after too many failed authentications.
    """
    server = protocol().server
    try:
        with boundary():
            asked = server.asked(once(request.form.to_dict(flat=False)))
        return work(asked)
    except InvalidClientError as error:
        _count_failure()
        return server.refuse(error)
    except OAuth2Error as error:
        return server.refuse(error)


@contextmanager
def authenticated(asked: Request, *, writes: bool) -> Iterator[Registered]:
    """Yield the client that asks, in the one transaction of its request.

    There is one when the request `writes`. What proves a client once is used up before, whatever
    becomes of the request (RFC 7523 §3). Raises InvalidClientError or InvalidRequestError.
    """
    the = protocol()
    who = Authentication(the.core, the.registry, the.client_keys)
    with boundary():
        asked.proven = proven = who.proven(asked.headers.get("Authorization"), asked.form)
        who.spend(proven)
        with the.core.writing() if writes else nullcontext():
            yield proven.client


def _count_failure() -> None:
    """Count failed client authentications of one address: secrets are not to be guessed here.

    Raises Throttled above the rate; clients that authenticate are never counted.
    """
    rates = current_app.extensions.get("idp.rates")
    if rates:
        rates.spend(f"client {address()}")
