"""Addresses and names that may be registered: exact ones, safe to send people to."""

import re
from urllib.parse import urlsplit

from idp.settings.models import LOOPBACK

# What RFC 3986 §2 knows, without the signs that browsers repair, `*` and the fragment.
PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:.")


def is_exact(uri: str) -> bool:
    """Accept exact https addresses, and http on loopback (RFC 9700 §2.1, RFC 8252 §7.3)."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    plain = PLAIN.fullmatch(uri) and parts.hostname and parts.username is None and port != 0
    return bool(secure and plain)


def is_name(uri: str) -> bool:
    """Accept absolute URIs of any other scheme, such as `urn:example:api`: only ever compared."""
    return bool(SCHEME.match(uri) and PLAIN.fullmatch(uri))
