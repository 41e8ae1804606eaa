"""The people of the demo: one for every situation, each with a fixed password."""

from dataclasses import dataclass

from idp.accounts import admin
from idp.accounts.models import Account
from idp.accounts.sessions import ACR_PASSWORD, SignedIn
from idp.core import Core
from idp.demo import chamber
from idp.pin.models import Membership
from idp.pin.registry import find
from idp.pin.rows import Key
from idp.plugins import BusinessFacts

# Of a demonstration on this machine: it is printed at every start.
PASSWORD = "Werkstatt-Hobel-27"  # noqa: S105


@dataclass(frozen=True)
class Member:
    """A person and the businesses this person is linked with."""

    role: str
    email: str
    given_name: str
    family_name: str
    keys: tuple[Key, ...] = ()


def _main(index: int) -> Key:
    return chamber.number(index), None


BRANCH = (chamber.number(5), "001")
CLOSED = _main(chamber.EVERY_CLOSED - 1)
MEMBERS = (
    Member("member-none", "nora.neumann@demo.test", "Nora", "Neumann"),
    Member("member-one", "emil.brandt@demo.test", "Emil", "Brandt", (_main(0),)),
    Member(
        "member-three", "dora.dreyer@demo.test", "Dora", "Dreyer", (_main(1), _main(2), _main(3))
    ),
    Member("member-branch", "felix.falk@demo.test", "Felix", "Falk", (BRANCH,)),
    Member("member-closed", "klara.kern@demo.test", "Klara", "Kern", (CLOSED,)),
)


def add(core: Core) -> list[Account]:
    """Add all accounts and their links; returns the accounts in the order of `MEMBERS`."""
    accounts = []
    for member in MEMBERS:
        person = admin.Person(member.email, member.given_name, member.family_name)
        account = admin.add(core, person, PASSWORD)
        for key in member.keys:
            _link(core, account, known(core, key))
        accounts.append(account)
    return accounts


def known(core: Core, key: Key) -> BusinessFacts:
    """Return a business of the demo's register."""
    business = find(core, key)
    if business is None:
        raise LookupError(key)
    return business


def at_the_desk(core: Core, account: Account) -> SignedIn:
    """Return a person as the verbs know one who is signed in, without a browser."""
    return SignedIn(
        "", account.id, core.clock.now(), ACR_PASSWORD, ("pwd",),
        account.email, account.given_name, account.family_name, account.locale,
    )  # fmt: skip


def _link(core: Core, account: Account, business: BusinessFacts) -> None:
    """Link as a redeemed PIN does; a closed business had been open then."""
    now = core.clock.now()
    core.db.add(
        Membership(
            id=core.chance.token(16),
            account_id=account.id,
            business_id=business.id,
            method="pin_letter",
            assurance="post",
            verified_at=now,
            since=now,
        )
    )
