"""Setting and verifying passwords; rules are in `policy/`, the hash function in `hashing.py`."""

from idp.accounts.models import Account
from idp.accounts.people import subject_of
from idp.core import Core
from idp.policy import normal


def chosen(core: Core, account: Account, password: str) -> str:
    """Judge a new password and return its hash; before any transaction, for it takes long.

    Raises WeakPassword with everything wrong, Busy when too many hashes are waiting.
    """
    core.policy.require(password, subject_of(core, account))
    return core.hasher.hash(bare(password))


def store(core: Core, account: Account, encoded: str) -> None:
    """Put a new hash in place, in the caller's transaction."""
    account.password_hash = encoded
    account.password_changed_at = account.updated_at = core.clock.now()


def fits(core: Core, encoded: str | None, password: str) -> bool:
    """Verify a password as typed or pasted."""
    return core.hasher.verify(encoded, bare(password))


def bare(password: str) -> str:
    """Return the one form that is hashed and verified.

    Blanks at the ends come from copying; the rule `edges` refuses them when a password is set, but
    a profile with rules of its own may do without it.
    """
    return normal(password).strip()
