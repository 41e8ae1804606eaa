"""How often PINs may be ordered and tried, and what is said when that was too often.

Counters are named by what was typed, whether or not there is such a business, so that they tell
nothing about the register.
"""

from datetime import timedelta

from idp.accounts import limits
from idp.accounts.limits import Limit
from idp.core import Core
from idp.errors import NotAllowed, Refused, Throttled
from idp.pin.rows import Key

DAY, MONTH = timedelta(days=1), timedelta(days=30)

TRIES = Limit("pin_try", most=5, window=timedelta(hours=1))

# Ordered by a person: one letter a day for one business, so much for one person, and a bound on
# what a business can be made to receive. Colleagues order their own, hence more than three.
AGAIN = Limit("pin_again", most=1, window=DAY)
PERSON = Limit("pin_person", most=3, window=DAY)
PERSON_BUSINESS = Limit("pin_person_business", most=3, window=MONTH)
BUSINESS = Limit("pin_business", most=10, window=MONTH)

# Ordered without login, counted apart: a stranger cannot use up what members need.
OPEN_ADDRESS = Limit("pin_open_address", most=10, window=DAY)
OPEN_DAY = Limit("pin_open_day", most=1, window=DAY)
OPEN_MONTH = Limit("pin_open_month", most=3, window=MONTH)


def enabled(core: Core) -> None:
    """Refuse where this chamber has no PINs."""
    if not core.settings.pin.enabled:
        raise NotAllowed("pin_disabled")


def tried(core: Core, account_id: str) -> None:
    """Count one try of a person; raises Throttled."""
    _spend(core, TRIES, "pin_throttled", account_id)


def ordered(core: Core, account_id: str, key: Key) -> None:
    """Count one order of a person; raises Refused when a letter is on its way, or Throttled."""
    business = _name(key)
    _spend(core, PERSON, "throttled", account_id)
    try:
        limits.spend(core, AGAIN, account_id, business)
    except Throttled as error:
        raise Refused("pin_on_its_way") from error
    _spend(core, PERSON_BUSINESS, "pin_quota", account_id, business)
    _spend(core, BUSINESS, "pin_quota", business)


def arrived(core: Core, account_id: str, key: Key) -> None:
    """Let a person order anew at once: the last PIN was used up, locked or cancelled."""
    limits.forgive(core, AGAIN, account_id, _name(key))


def asked_openly(core: Core, origin: str) -> None:
    """Count one order without login of a network address; raises Throttled."""
    if core.settings.limits.per_ip == "on":
        _spend(core, OPEN_ADDRESS, "throttled", origin)


def open_left(core: Core, key: Key, postcode: str) -> bool:
    """Count one order without login for a business; False when its quota is used up.

    The postcode is part of the name, so that who does not know it uses up nothing.
    """
    name = (_name(key), postcode)
    try:
        limits.spend(core, OPEN_DAY, *name)
        limits.spend(core, OPEN_MONTH, *name)
    except Throttled:
        return False
    return True


def _spend(core: Core, limit: Limit, code: str, *subject: str) -> None:
    try:
        limits.spend(core, limit, *subject)
    except Throttled as error:
        raise Throttled(error.seconds, code) from error


def _name(key: Key) -> str:
    number, branch = key
    return f"{number}/{branch or ''}"
