"""Mails that a stranger can cause: enough for the owner of an address, no flood, no lock-out.

Who asks too often is told to wait. Where many strangers ask for one address, nothing more is sent
and nobody is told: its owner has the earlier mails, and the last link in them still works.
"""

from datetime import timedelta

from idp.accounts import limits
from idp.accounts.limits import Limit
from idp.accounts.people import email_key
from idp.core import Core
from idp.errors import Throttled

HOUR = timedelta(hours=1)
# A training centre behind one address registers its participants in the first lesson.
ORIGIN = Limit("mail_origin", most=60, window=HOUR)


def allowed(core: Core, purpose: str, email: str, origin: str) -> bool:
    """Count a mail to `email` that `origin` (a network address) causes; False: send nothing.

    Raises Throttled for an origin that asks too often.
    """
    most, key = core.settings.limits.mails, email_key(email)
    limits.spend(core, Limit(f"mail_{purpose}", most, HOUR), key, origin)
    if core.settings.limits.per_ip == "on":
        limits.spend(core, ORIGIN, origin)
    try:
        limits.spend(core, Limit(f"mail_all_{purpose}", 4 * most, HOUR), key)
    except Throttled:
        return False
    return True
